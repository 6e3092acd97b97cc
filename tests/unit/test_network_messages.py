"""Netlink messages that are encoded once and filled in often."""

import pytest

from l2harness.network.kernel import LinkEnd, encode_link, link_request
from l2harness.network.templates import Template

NEAR = LinkEnd(17, "h1.eth0", None, 1500)
FAR = LinkEnd(18, "eth0", "02:aa:bb:cc:dd:ee", 1500)


class TestTemplate:
    """Bytes with other bytes in place of marks."""

    def test_values_stand_where_marks_stood(self):
        """Everything else stays as it was encoded, and the template can be used again."""
        template = Template(b"<AA|BBB>", {"one": b"AA", "other": b"BBB"})
        assert template.filled({"one": b"12", "other": b"345"}) == b"<12|345>"
        assert template.filled({"other": b"BBB", "one": b"BB"}) == b"<BB|BBB>"

    @pytest.mark.parametrize("encoded", [b"nothing", b"AA and AA"])
    def test_a_mark_has_one_place(self, encoded):
        """A mark that is missing, or could be meant twice, is refused."""
        with pytest.raises(ValueError, match=r"the mark of one is in the message [02] times"):
            Template(encoded, {"one": b"AA"})

    def test_values_fit(self):
        """A value of another length would shift what follows; one that is missing is refused."""
        template = Template(b"<AA>", {"one": b"AA"})
        with pytest.raises(ValueError, match="one has 3 bytes, its mark 2"):
            template.filled({"one": b"123"})
        with pytest.raises(ValueError, match="values for"):
            template.filled({})


@pytest.mark.parametrize("bridge", [None, 2, 70_000])
@pytest.mark.parametrize("near_elsewhere", [False, True])
@pytest.mark.parametrize(
    ("near", "far"),
    [
        (NEAR, FAR),
        (FAR, LinkEnd(19, "eth1", "02:00:00:00:00:01", 1500)),
        (LinkEnd(5, "a", None, 68), LinkEnd(6, "b", None, 65_535)),
        (LinkEnd(1_000_000, "fifteen-bytes-x", None, 9000), FAR),
    ],
)
def test_a_filled_message_is_the_encoded_one(near, far, near_elsewhere, bridge):
    """Byte for byte it is what pyroute2 makes of the same link."""
    options = {"near_elsewhere": near_elsewhere, "bridge": bridge}
    assert link_request(near, far, **options) == encode_link(near, far, **options)


def test_links_differ():
    """A template keeps nothing of the link before."""
    one, other = (
        link_request(NEAR, LinkEnd(fd, "eth0", mac, 1500), near_elsewhere=False, bridge=None)
        for fd, mac in ((18, "02:aa:bb:cc:dd:ee"), (19, "02:aa:bb:cc:dd:ef"))
    )
    assert len(one) == len(other)
    assert sum(a != b for a, b in zip(one, other, strict=True)) == 2
