#!/bin/sh
# Gradescope runs this as root, once, when it builds the image of the autograder.
exec sh "$(dirname "$0")/install.sh"
