"""The drawn tree: nothing overlaps, everything is inside, the order is that of reading."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ..drawing import HEIGHT, LINE_CHARACTERS, LINES, WIDTH, Shown, count, draw


def node(title: str = "Sasaran", *children: Shown) -> Shown:
    return Shown("/pohon/1/", "Sasaran", "1.1", title, "97,5%", "success", children)


TREES = st.lists(
    st.recursive(
        st.builds(node, st.text(max_size=200)),
        lambda inner: st.builds(
            lambda title, below: node(title, *below), st.text(max_size=60), st.lists(inner, max_size=4)
        ),
        max_leaves=25,
    ),
    max_size=4,
)


@given(TREES)
def test_boxes_never_overlap_and_stay_inside(roots: list[Shown]) -> None:
    drawing = draw(roots)
    assert len(drawing.boxes) == count(roots)
    for box in drawing.boxes:
        assert 0 <= box.x <= drawing.width - WIDTH
        assert 0 <= box.y <= drawing.height - HEIGHT
    columns: dict[int, list[int]] = {}
    for box in drawing.boxes:
        columns.setdefault(box.x, []).append(box.y)
    for tops in columns.values():
        ordered = sorted(tops)
        assert all(after - before >= HEIGHT for before, after in zip(ordered, ordered[1:], strict=False))


@given(TREES)
def test_text_fits_its_box(roots: list[Shown]) -> None:
    for box in draw(roots).boxes:
        assert 1 <= len(box.lines) <= LINES
        assert all(len(line.text) <= LINE_CHARACTERS for line in box.lines)


def test_parents_come_before_their_children_and_stand_in_their_middle() -> None:
    drawing = draw([node("A", node("B", node("C")), node("D"))])
    assert [box.node.title for box in drawing.boxes] == ["A", "B", "C", "D"]
    a, b, _, d = drawing.boxes
    assert a.y == (b.y + d.y) // 2
    assert len(drawing.lines) == 3


def test_a_long_title_is_cut_but_stays_whole_in_the_label() -> None:
    title = "Meningkatnya " * 20
    (box,) = draw([node(title.strip())]).boxes
    assert box.lines[-1].text.endswith("…")
    assert title.strip() in box.label


def test_no_tree_is_no_drawing() -> None:
    assert draw([]).boxes == ()
