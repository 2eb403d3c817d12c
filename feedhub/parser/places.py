"""Where an item is: GeoRSS Simple, GeoRSS GML and the W3C's `geo:lat` and `geo:long`, all in degrees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lxml import etree

from feedhub.model import Place
from feedhub.parser.cdata import put_back
from feedhub.parser.item import Item
from feedhub.parser.names import local_name

Handler = Callable[[Item, etree._Element], None]
_Point = tuple[float, float]

_MOST_NUMBERS: Final = 2000
_LONGEST_NUMBER: Final = 50
_FEWEST: Final = {"point": 1, "box": 2, "line": 2, "polygon": 4}
_MOST: Final = {"point": 1, "box": 2}
_SHAPES: Final = {"point": "point", "linestring": "line", "linearring": "polygon"}


def take(shape: str) -> Handler:
    """Return a handler of an element that has all of a shape, such as `georss:point`."""

    def take_shape(item: Item, element: etree._Element) -> None:
        _place(item, shape, _points(_text(item, element)))

    return take_shape


def take_positions(item: Item, element: etree._Element) -> None:
    """`gml:pos` of a point, `gml:posList` of a line or of a polygon's ring; its holes, which come later, do
    not count."""
    parent = element.getparent()
    if parent is None or not _is_in_degrees(element.get("srsName") or parent.get("srsName")):
        return
    if shape := _SHAPES.get(local_name(parent.tag)):
        text = _text(item, element)
        high = element.get("srsDimension") == "3" or (shape == "point" and len(text.split()) == 3)
        _place(item, shape, _points(text, 3 if high else 2))


def _text(item: Item, element: etree._Element) -> str:
    return put_back(element.text or "", item.document.sections)


def take_corner(item: Item, element: etree._Element) -> None:
    """`gml:lowerCorner` and `gml:upperCorner` of an envelope, in this order."""
    if len(item.corners) < _MOST["box"]:
        item.corners += _points(_text(item, element))
        _place(item, "box", item.corners)


def take_coordinate(item: Item, element: etree._Element) -> None:
    """`geo:lat` and `geo:long`, in any order."""
    name = local_name(element.tag)
    if item.coordinates is None:
        item.coordinates = {}
    number = _text(item, element).strip()
    item.coordinates[name] = number if len(number) <= _LONGEST_NUMBER else ""
    found = item.coordinates
    _place(item, "point", _points(f"{found.get('lat', '')} {found.get('long', found.get('lon', ''))}"))


def _place(item: Item, shape: str, points: tuple[_Point, ...]) -> None:
    """Keep the first place that an item names."""
    if item.place is None and _FEWEST[shape] <= len(points) <= _MOST.get(shape, len(points)):
        item.place = Place(shape, points)


def _is_in_degrees(system: str | None) -> bool:
    """Tell whether a coordinate reference system is WGS 84, latitude first: what GeoRSS takes for granted."""
    return not system or system.endswith("4326")


def _points(text: str | None, size: int = 2) -> tuple[_Point, ...]:
    """Return pairs of latitude and longitude written one after another; none if they are none on earth."""
    words = (text or "").replace(",", " ").split()
    if not words or len(words) % size or len(words) > _MOST_NUMBERS:
        return ()
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return ()
    points = tuple(zip(numbers[::size], numbers[1::size], strict=True))
    on_earth = all(-90 <= latitude <= 90 and -180 <= longitude <= 180 for latitude, longitude in points)
    return points if on_earth else ()
