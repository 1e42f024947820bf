"""report.html as a strict reader sees it: every tag known and closed, nothing that acts or asks for anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br"}
SHAPES = {"svg", "title", "path", "text", "rect", "circle"}
_BLOCKS = """html head style body header main section footer nav h1 h2 h3 h4 h5 p div article ul li dl dt dd details summary
    table thead tbody tr th td figure figcaption"""
_WORDS = "a span small strong code"
_SAID = """lang charset http-equiv content name class id href open scope aria-label aria-hidden data-label role viewbox d x y
    width height cx cy r text-anchor"""
TAGS = {*SHAPES, *VOID, *_BLOCKS.split(), *_WORDS.split()}
ATTRIBUTES = set(_SAID.split())


@dataclass
class Node:
    """An element."""

    tag: str
    attributes: dict[str, str]
    content: list[Node | str] = field(default_factory=list)

    @property
    def children(self) -> list[Node]:
        """The elements right below."""
        return [one for one in self.content if isinstance(one, Node)]

    def all(self, tag: str, class_: str = "") -> list[Node]:
        """Every such element below, in order."""
        found = []
        for child in self.children:
            if child.tag == tag and (not class_ or class_ in child.attributes.get("class", "").split()):
                found.append(child)
            found += child.all(tag, class_)
        return found

    @property
    def text(self) -> str:
        """The words in it and below."""
        return "".join(one.text if isinstance(one, Node) else one for one in self.content)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        names = [name for name, _ in attrs]
        assert set(names) <= ATTRIBUTES, (tag, names)
        assert len(set(names)) == len(names), (tag, names)
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].content.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].content.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data}")


def read(text: str) -> Node:
    """The page as a tree. Raises AssertionError for what is no page of ours."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == [reader.root]
    page = reader.root
    ids = [one.attributes["id"] for tag in TAGS for one in page.all(tag) if "id" in one.attributes]
    assert len(set(ids)) == len(ids)
    assert {one.attributes["href"] for one in page.all("a")} <= {f"#{id_}" for id_ in ids}
    return page
