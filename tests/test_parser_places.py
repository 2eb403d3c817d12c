"""Where an item is, as GeoRSS and the W3C's `geo` have it."""

from __future__ import annotations

import pytest

from feedhub.model import Place
from feedhub.parser import parse

FEED = """<rss version="2.0" xmlns:georss="http://www.georss.org/georss"
 xmlns:gml="http://www.opengis.net/gml" xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#">
<channel><title>t</title><item><title>x</title>{}</item></channel></rss>"""
RING = "45 -110 46 -109 43 -109 45 -110"
CORNERS = ((45.0, -110.0), (46.0, -109.0), (43.0, -109.0), (45.0, -110.0))


def where(inside: str) -> Place | None:
    (entry,) = parse(FEED.format(inside).encode()).entries
    return entry.place


@pytest.mark.parametrize(
    ("inside", "shape", "points"),
    [
        ("<georss:point>45.256 -71.92</georss:point>", "point", ((45.256, -71.92),)),
        ("<georss:point> 45.256, -71.92 </georss:point>", "point", ((45.256, -71.92),)),
        ("<georss:line>45 -110 46.5 -109</georss:line>", "line", ((45.0, -110.0), (46.5, -109.0))),
        (f"<georss:polygon>{RING}</georss:polygon>", "polygon", CORNERS),
        ("<georss:box>42 -71 43 -70</georss:box>", "box", ((42.0, -71.0), (43.0, -70.0))),
        (
            "<georss:where><gml:Point><gml:pos>45 -72 310</gml:pos></gml:Point></georss:where>",
            "point",
            ((45.0, -72.0),),
        ),
        (
            "<georss:where><gml:LineString><gml:posList>45 -72 46 -73</gml:posList></gml:LineString>"
            "</georss:where>",
            "line",
            ((45.0, -72.0), (46.0, -73.0)),
        ),
        (
            f"<georss:where><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>{RING}</gml:posList>"
            "</gml:LinearRing></gml:exterior><gml:interior><gml:LinearRing><gml:posList>44 -109 44 -109.1 "
            "44.1 -109 44 -109</gml:posList></gml:LinearRing></gml:interior></gml:Polygon></georss:where>",
            "polygon",
            CORNERS,
        ),
        (
            '<gml:LineString><gml:posList srsDimension="3">45 -72 9 46 -73 8</gml:posList></gml:LineString>',
            "line",
            ((45.0, -72.0), (46.0, -73.0)),
        ),
        (
            "<gml:Envelope><gml:lowerCorner>42 -71</gml:lowerCorner><gml:upperCorner>43 -69</gml:upperCorner>"
            "</gml:Envelope>",
            "box",
            ((42.0, -71.0), (43.0, -69.0)),
        ),
        ("<geo:lat>26.58</geo:lat><geo:long>-97.83</geo:long>", "point", ((26.58, -97.83),)),
        (
            "<geo:Point><geo:long>-97.83</geo:long><geo:lat>26.58</geo:lat></geo:Point>",
            "point",
            ((26.58, -97.83),),
        ),
        (
            "<georss:point>1 2</georss:point><georss:point>3 4</georss:point><geo:lat>5</geo:lat>"
            "<geo:long>6</geo:long>",
            "point",
            ((1.0, 2.0),),
        ),
    ],
)
def test_places(inside: str, shape: str, points: tuple[tuple[float, float], ...]) -> None:
    """The first place that an item names is kept, whichever way it is written."""
    assert where(inside) == Place(shape, points)


@pytest.mark.parametrize(
    "inside",
    [
        "<georss:point>45</georss:point>",
        "<georss:point>45 -71 46 -72</georss:point>",
        "<georss:point>north south</georss:point>",
        "<georss:point>nan 1</georss:point>",
        "<georss:point>1e999 1</georss:point>",
        "<georss:point>91 0</georss:point>",
        "<georss:point>0 181</georss:point>",
        "<georss:point/>",
        "<georss:line>45 -110</georss:line>",
        "<georss:polygon>45 -110 46 -109 43 -109</georss:polygon>",
        "<georss:box>42 -71 43 -70 44 -69</georss:box>",
        f"<georss:line>{'45 -110 ' * 1001}</georss:line>",
        "<gml:posList>45 -72 46 -73</gml:posList>",
        "<geo:lat>26.58</geo:lat>",
        '<gml:Point srsName="urn:ogc:def:crs:EPSG::26912"><gml:pos>36 31</gml:pos></gml:Point>',
    ],
)
def test_what_is_nowhere_on_earth_is_no_place(inside: str) -> None:
    """Half a pair, other numbers, other words, too many of them: the item has no place, and is as it was."""
    assert where(inside) is None
    assert where(inside + "<georss:point>1 2</georss:point>") == Place("point", ((1.0, 2.0),))
