"""A kernel of the harness's own, where the machine's gives it neither root nor a user namespace.

Strategy: a virtual machine that needs no privilege boots the files of this machine, or copies of
them, and runs one command of this package as root of it. To the command it is a machine like any
other.

::

    caller    any thread of the harness: `machine.run`
    keeper    a process of its own: starts the VM, ends it with everything that belongs to it
    VM        user-mode Linux, or qemu: a process group
    guest     the VM's init, `guest.py`, or `packed.py` where it does not see the files of this
              machine: puts a root file system together, runs the command

Laws:

- What a command found out comes back in files, of which the caller believes nothing but what it
  can check. A VM's exit status says nothing.
- The VM writes to its directory of results alone, and reads what the command needs. Where the
  machine has Landlock, its kernel sees to that; see `landlock`.
- Whatever dies, and however, no process and no file of a VM is left.
"""
