"""Options of a lab: what they take, how they are written, and what is drawn for a student."""

import pytest

from l2harness.errors import SpecError, UsageError
from l2harness.grading.draws import seed_for, seed_of_student
from l2harness.grading.equip import Order
from l2harness.labs.lab import find_lab, load_lab
from l2harness.labs.misconceptions.loading import knowledge_of
from l2harness.labs.options import Kind, Offer, fill_in, forms
from l2harness.labs.rubric import rubric_of
from l2harness.labs.toml_lines import dotted, line_of
from l2harness.labs.variants import seed_with, variant_in, variant_of

AUTUMN = """
title = "{client}, autumn"
extends = "pyng"

[options]
client = "hail"
server = "haild"
payload = "Ahoy"
"""
VARIED = """
[variants]
ethertype = ["0x88b5", 0x88b6, "0x9abc"]
min_frame = [0, 60]
"""


@pytest.fixture
def lab(tmp_path):
    """Write a lab.toml into a folder of its own, and load it."""

    def write(text, name="autumn"):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "lab.toml").write_text(text)
        return load_lab(folder)

    return write


class TestForms:
    """How sentences write a value."""

    def test_of_an_ethertype(self):
        """As a number, as it is on the wire, the wrong way round, and in decimal."""
        assert forms(Kind.ETHERTYPE, 0x88B5) == {
            "": "0x88b5",
            "bytes": "88 b5",
            "swapped": "b5 88",
            "turned": "0xb588",
            "decimal": "34997",
        }

    def test_of_a_text(self):
        """As it is, as bytes, and how far it goes as a payload."""
        found = forms(Kind.TEXT, "Hi!")
        assert found == {
            "": "Hi!",
            "bytes": "48 69 21",
            "lower": "hi!",
            "colons": "48:69:21",
            "length": "3",
            "end": "17",
        }

    def test_filled_in(self):
        """Names of options in braces are replaced, other braces are not touched."""
        words = {"much": forms(Kind.WHOLE, 7), "kind": forms(Kind.ETHERTYPE, 0x1234)}
        text = "{much} of {kind:bytes}, {kind}: {0} {} { much } {MUCH} ${x"
        assert fill_in(text, words) == "7 of 12 34, 0x1234: {0} {} { much } {MUCH} ${x"
        assert fill_in("{nobody} {much}", words, strict=False) == "{nobody} 7"
        with pytest.raises(ValueError, match="no option nobody; there are kind, much"):
            fill_in("{nobody}", words)


@pytest.mark.parametrize(
    ("offer", "value", "read"),
    [
        (Offer("x", Kind.ETHERTYPE), "0x88B5", 0x88B5),
        (Offer("x", Kind.ETHERTYPE), 0x0600, 0x0600),
        (Offer("x", Kind.WHOLE, least=1, most=3), 3, 3),
        (Offer("x", Kind.NUMBER), 0.5, 0.5),
        (Offer("x", Kind.TEXT, least=2, most=3), "abc", "abc"),
        (Offer("x", Kind.FLAG), True, True),
        (Offer("x", Kind.PROGRAM), "send-it.py", "send-it.py"),
    ],
)
def test_what_is_taken(offer, value, read):
    """A value of the kind and in the range is kept, numbers as numbers."""
    assert offer.read(value) == read
    assert type(offer.read(value)) is type(read)


@pytest.mark.parametrize(
    ("offer", "value", "problem"),
    [
        (Offer("x", Kind.ETHERTYPE), "88b5", "is '88b5'; it must be an EtherType, such as 0x88b5"),
        (Offer("x", Kind.ETHERTYPE), True, "must be an EtherType"),
        (Offer("x", Kind.ETHERTYPE), 0x05FF, "is 0x05ff; an EtherType is from 0x0600 to 0xffff"),
        (Offer("x", Kind.ETHERTYPE), 0x10000, "is 0x10000; an EtherType is"),
        (Offer("x", Kind.ETHERTYPE), 0x0806, "is 0x0806 (ARP), which is the kernel's own"),
        (Offer("x", Kind.ETHERTYPE), 0x8888, "with equal bytes nobody sees which"),
        (Offer("x", Kind.WHOLE), 1.0, "is 1.0; it must be a whole number"),
        (Offer("x", Kind.WHOLE), True, "must be a whole number"),
        (Offer("x", Kind.WHOLE, least=1, most=3), 4, "is 4; it must be from 1 to 3"),
        (Offer("x", Kind.NUMBER, most=0.5), 1, "is 1; it must be at most 0.5"),
        (Offer("x", Kind.WHOLE, least=1), 0, "is 0; it must be 1 or more"),
        (Offer("x", Kind.WHOLE, among=(0, 60)), 61, "is 61; it must be 0 or 60"),
        (Offer("x", Kind.NUMBER), float("nan"), "must be a number"),
        (Offer("x", Kind.TEXT, least=2, most=3), "a", "is 'a', 1 bytes; it must be from 2 to 3"),
        (Offer("x", Kind.TEXT), "Ü", "must be a text of printable ASCII"),
        (Offer("x", Kind.TEXT), "", "must be a text of printable ASCII"),
        (Offer("x", Kind.TEXT), "a\n", "must be a text of printable ASCII"),
        (Offer("x", Kind.TEXT, pattern="[a-z]+"), "aB", "must look like [a-z]+"),
        (Offer("x", Kind.FLAG), 1, "must be true or false"),
        (Offer("x", Kind.PROGRAM), "../x", "must be a file name"),
    ],
)
def test_what_is_not(offer, value, problem):
    """Anything else is refused with the value and what it must be."""
    with pytest.raises(ValueError, match=r"^is ") as refused:
        offer.read(value)
    assert problem in str(refused.value)


class TestOfPyng:
    """The options of lab pyng, set by a lab that extends it."""

    def test_everything_speaks_of_them(self, lab):
        """Title, programs, checks and lessons have the new values; nothing is left of the old."""
        mine = lab(AUTUMN + 'ethertype = "0x1234"\n')
        assert mine.title == "hail, autumn"
        assert list(mine.programs) == ["hail", "haild"]
        assert mine.options["ethertype"] == 0x1234
        titles = {spec.id: spec.title for spec in rubric_of(mine)}
        assert titles["client.ethertype"] == "Bytes 12–13 are 12 34."
        assert titles["client.payload"] == "The payload, from byte 14 on, begins with “Ahoy”."
        assert (
            titles["pair.unicast"] == "The student's hail on h1 reaches the student's haild on h2."
        )
        lessons = knowledge_of(mine).lessons
        assert lessons["payload-other"].filter.endswith("!(frame[14:4] == 41:68:6f:79)")
        assert lessons["ethertype-byte-order"].filter == "eth.type == 0x3412"
        assert lessons["does-not-start"].command.endswith("sudo ./haild lo")
        texts = [*mine.programs.values(), *titles.values()]
        texts += [
            str(getattr(it, name) or "")
            for it in lessons.values()
            for name in ("title", "seen", "why", "find_out", "command", "filter")
        ]
        for old in ("88 b5", "b5 88", "0xb588", "pyng", "Hi", "48 69", "34997"):
            assert [text for text in texts if old in text] == []
        # That 0x88b5 is set aside is so whatever is asked for.
        assert [id for id, it in lessons.items() if "0x88b5" in it.why] == ["ethertype-other"]

    def test_the_defaults_are_the_lecture_s(self):
        """Without options it is the exercise of the lecture."""
        assert dict(find_lab("pyng").options) == {
            "ethertype": 0x88B5,
            "payload": "Hi",
            "min_frame": 60,
            "client": "pyng",
            "server": "pyngd",
        }
        assert find_lab("pyng").title.startswith("pyng: ")


MISTAKES = {
    "[options]\nethertyp = 1\n": ("options.ethertyp", "did you mean ethertype?"),
    "[options]\nquantum = 1\n": ("options.quantum", "there are client, ethertype, min_frame"),
    "[options]\nethertype = 0x800\n": ("options.ethertype", "is 0x0800 (IPv4), which is"),
    "[options]\nmin_frame = 61\n": ("options.min_frame", "is 61; it must be 0 or 60"),
    "[options]\npayload = 'hi'\n": ("options.payload", "must look like [A-Z]"),
    "[options]\npayload = ['Hi']\n": ("options.payload", "it must be str or int or float"),
    "[options]\nclient = 'pyngd'\n": ("programs", "has two programs of the name pyngd"),
    "[variants]\nethertyp = [1, 2]\n": ("variants.ethertyp", "did you mean ethertype?"),
    "[variants]\nclient = ['a', 'b']\n": ("variants.client", "uploads are recognised by it"),
    "[variants]\nethertype = [0x88b5]\n": ("variants.ethertype", "leaves 1 values to draw from"),
    "[variants]\nethertype = [1, 2]\n": ("variants.ethertype", "is 0x0001; an EtherType is"),
    "[variants]\nethertype = 7\n": ("variants.ethertype", "is 7; it must be a list or a table"),
    "[variants]\nethertype = {from = 1}\n": ("variants.ethertype", "has from, to and perhaps"),
    "[variants]\nethertype = {from = 9, to = 1}\n": ("variants.ethertype", "which is no range"),
    "[variants]\nethertype = {from = 'x', to = 1}\n": ("variants.ethertype", "has 'x' in it"),
    "[variants]\npayload = {from = 1, to = 3}\n": ("variants.payload", "write a list"),
    "[offers.x]\nkind = 'color'\n": ("offers.x.kind", "is 'color'; it must be one of flag, whole"),
    "[offers.x]\nabout = 'y'\n": ("offers.x.kind", "is missing: flag, whole"),
    "[offers.x]\nkind = 'whole'\n": ("offers.x", "has no default: say one in [options], x"),
    "[offers.x]\nkind = 'whole'\nleats = 1\n": ("offers.x.leats", "did you mean least?"),
    "[offers.x]\nkind = 'text'\npattern = '('\n": ("offers.x.pattern", "no regular expression"),
    "[offers.x]\nkind = 'whole'\nmost = 'a'\n": ("offers.x.most", "is 'a'; it must be a number"),
    "[offers.x]\nkind = 'whole'\namong = [1.5]\n": (
        "offers.x.among",
        "is 1.5; it must be a whole",
    ),
    "[offers.x]\nkind = 'whole'\namong = 1\n": ("offers.x.among", "is 1; it must be list"),
    "[checks]\na = 1\n": ("checks.a", "is 1; it must be a table"),
    "[checks.'a.b']\npoint = 1\n": ('checks."a.b".point', "did you mean points?"),
    "[checks.'a.b']\npoints = 0\n": ('checks."a.b".points', "must be more than 0"),
    "[checks.'a.b']\npoints = 0.001\n": ('checks."a.b".points', "in hundredths at the finest"),
    "[checks.'a.b']\nvisibility = 'no'\n": ('checks."a.b".visibility', "there are visible, after"),
    "[x]\n": ("x", "is no key of a lab"),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_what_is_refused(lab, text):
    """File, line and key of the mistake are named, and the nearest right word."""
    key, problem = MISTAKES[text]
    with pytest.raises(SpecError) as refused:
        lab('title = "x"\nextends = "pyng"\n' + text)
    assert refused.value.key == key
    assert problem in refused.value.problem
    if key != "programs":
        assert refused.value.line in (3, 4, 5)


def test_another_version_of_the_interface(lab):
    """A lab that was written for another one is refused, and so is what is no version."""
    assert lab('api = 1\ntitle = "x"\nextends = "pyng"\n').title == "x"
    for version, problem in (("2", "is 2, and this l2harness has version 1"), ("true", "is True")):
        with pytest.raises(SpecError, match=rf"lab\.toml:1: api: {problem}"):
            lab(f'api = {version}\ntitle = "x"\nextends = "pyng"\n')


class TestVariants:
    """Options that are drawn for each student."""

    def test_the_same_whoever_draws(self, lab):
        """A student's word decides; what does not vary stays, and so does the digest."""
        mine = lab(AUTUMN + VARIED)
        words = [variant_of("7", f"student {number}") for number in range(40)]
        drawn = [mine.drawn(word) for word in words]
        assert {it.options["ethertype"] for it in drawn} == {0x88B5, 0x88B6, 0x9ABC}
        padded = {
            it.options["min_frame"]: {segment.min_frame for segment in it.topology.segments}
            for it in drawn
        }
        assert padded == {0: {0}, 60: {60}}
        assert {it.options["payload"] for it in drawn} == {"Ahoy"}
        assert [it.options for it in drawn] == [mine.drawn(word).options for word in words]
        assert {it.digest() for it in drawn} == {mine.digest()}
        assert drawn[0].drawn_notes[0].startswith("asked of this student: ethertype 0x")
        assert mine.drawn_notes == []

    def test_a_range(self, lab):
        """Of a range, values that the option does not take are left out."""
        text = AUTUMN + '[variants]\nethertype = {from = "0x8886", to = 0x888a, step = 2}\n'
        assert lab(text).variants == {"ethertype": (0x8886, 0x888A)}

    def test_before_it_is_drawn(self, lab):
        """Sentences of a lab that no student has yet name what varies, and no value of it."""
        titles = {it.id: it.title for it in rubric_of(lab(AUTUMN + VARIED))}
        assert titles["client.ethertype"] == "Bytes 12–13 are <ethertype>."
        assert "“Ahoy”" in titles["client.payload"]

    def test_set_again(self, lab):
        """A lab that extends one that varies may set for everybody what varied."""
        lab(AUTUMN + VARIED, "base")
        mine = lab('title = "x"\nextends = "base"\n[options]\nethertype = 0x1234\n', "top")
        assert list(mine.variants) == ["min_frame"]
        assert mine.options["ethertype"] == 0x1234

    def test_names(self):
        """Case and spacing of a name do not count, everything else does."""
        assert variant_of("7", " Anna  Berg ") == variant_of("7", "anna berg")
        assert len({variant_of(*it) for it in (("7", "a"), ("8", "a"), ("7", "b"))}) == 3

    def test_a_seed_that_says_it(self):
        """A seed may end with a student's word, and no other seed is taken for one."""
        word = variant_of("7", "anna")
        assert variant_in(seed_with("any@seed", word)) == word
        for seed in ("7", "a@b", f"@{word[:-1]}", f"@{word}0", f"@{word}\n", word):
            assert variant_in(seed) is None

    def test_an_order_is_for_one_student(self, lab, tmp_path):
        """The order to grade has the lab of that student, from its seed alone."""
        mine = lab(AUTUMN + VARIED)
        seed = seed_of_student(mine, "7", "folder", "Anna Berg")
        assert seed == f"{seed_for('7', 'folder')}@{variant_of('7', 'anna berg')}"
        order = Order(mine, tmp_path, "folder", seed)
        assert order.lab.options == mine.drawn(variant_of("7", "anna berg")).options
        assert order.lab.variants == {}
        assert Order(order.lab, tmp_path, "other", "9").lab.options == order.lab.options

    def test_a_lab_that_does_not_vary(self, tmp_path):
        """It has the seeds that it always had."""
        pyng = find_lab("pyng")
        assert seed_of_student(pyng, "7", "a", "b") == seed_for("7", "a")
        assert Order(pyng, tmp_path, "a", "7").lab is pyng

    def test_no_padding_where_there_is_none(self, lab):
        """A network that cannot pad cannot pad for some students either."""
        text = 'title = "x"\ntopology = "pair"\n[programs]\na = "b"\n[options]\nmin_frame = 0\n'
        with pytest.raises(SpecError, match=r"variants\.min_frame: .* cannot be changed so"):
            lab(text + "[variants]\nmin_frame = [0, 60]\n")


class TestLines:
    """Where a key stands in a TOML text."""

    TEXT = 'a = 1\n\n[b]\nc = 2\n"d.e" = {f = 3}\n[g."h i"]\nj.k = 4\n[[l]]\nm = 5\n'

    @pytest.mark.parametrize(
        ("steps", "line"),
        [
            (("a",), 1),
            (("b",), 3),
            (("b", "c"), 4),
            (("b", "d.e"), 5),
            (("b", "d.e", "f"), 5),
            (("b", "nothing"), 3),
            (("g", "h i"), 6),
            (("g",), 6),
            (("g", "h i", "j", "k"), 7),
            (("g", "h i", "j"), 7),
            (("l", "m"), 9),
            (("c",), None),
        ],
    )
    def test_found(self, steps, line):
        """A key's own line, or that of the nearest one around it."""
        assert line_of(self.TEXT, steps) == line

    def test_dotted(self):
        """Keys with a dot in them are quoted, as TOML does."""
        assert dotted(("checks", "client.usage", "points")) == 'checks."client.usage".points'


def test_for_check(lab):
    """Who checks says whose submission it is, by the word or by name and class seed."""
    from l2harness.commands.options import seed_for_check

    mine, pyng = lab(AUTUMN + VARIED), find_lab("pyng")
    word = variant_of("7", "anna")
    assert variant_in(seed_for_check(mine, None, word, None)) == word
    assert seed_for_check(mine, "9", word, None) == f"9@{word}"
    assert seed_for_check(mine, f"9@{word}", None, None) == f"9@{word}"
    assert seed_for_check(mine, "7", None, "anna") == seed_of_student(mine, "7", "anna")
    assert seed_for_check(pyng, "7", None, None) == "7"
    assert seed_for_check(pyng, None, None, None) != seed_for_check(pyng, None, None, None)
    for asked, problem in (
        ((mine, "7", None, None), "differs from student to student"),
        ((mine, None, "short", None), "is no word of an assignment sheet"),
        ((mine, None, word, "anna"), "drop one of them"),
        ((mine, None, None, "anna"), "--student goes with --seed"),
        ((pyng, None, word, None), "is the same for everybody"),
    ):
        with pytest.raises(UsageError, match=problem):
            seed_for_check(*asked)
