"""Draws where the time from glass to glass goes, as an SVG of stacked bars."""

import xml.sax.saxutils

PARTS = [("chunk", "#35618f"), ("encode and upload", "#2f8f9d"), ("queue", "#7c8b99"),
         ("convert", "#c8772e"), ("playlist", "#9a9a3c"), ("player", "#8a4f7d")]
_LEFT = 150
_WIDTH = 620
_BAR = 22
_ROW = 34
_TOP = 58


def _text(x, y, words, anchor="start"):
    words = xml.sax.saxutils.escape(words)
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{words}</text>'


def draw(rows):
    """`rows` are (name, the seconds of each of PARTS, the goal)."""
    longest = max(max(sum(parts), goal) for _, parts, goal in rows)
    scale = _WIDTH / longest
    height = _TOP + _ROW * len(rows) + 34
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 60} {height}" '
             'font-family="sans-serif" font-size="13" role="img">',
             "<title>Where the time from glass to glass goes</title>",
             '<rect width="100%" height="100%" fill="#ffffff"/>']
    x = 16
    for name, color in PARTS:
        lines.append(f'<rect x="{x}" y="16" width="12" height="12" fill="{color}"/>')
        lines.append(_text(x + 17, 27, name))
        x += 40 + 7.5 * len(name)
    lines.append(f'<path d="M{x + 6:.0f} 14v16" stroke="#000" stroke-width="2"/>' +
                 _text(x + 13, 27, "goal"))
    for number, (name, parts, goal) in enumerate(rows):
        y = _TOP + number * _ROW
        lines.append(_text(_LEFT - 8, y + 16, name, "end"))
        x = _LEFT
        for (_, color), seconds in zip(PARTS, parts):
            width = max(0, seconds) * scale
            lines.append(f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_BAR}" '
                         f'fill="{color}"/>')
            x += width
        lines.append(_text(max(x, _LEFT + goal * scale) + 6, y + 16, f"{sum(parts):.1f} s"))
        goal = _LEFT + goal * scale
        lines.append(f'<path d="M{goal:.1f} {y - 3}v{_BAR + 6}" stroke="#000" stroke-width="2"/>')
    lines.append(_text(_LEFT, height - 12, "seconds from a frame's capture to its display"))
    return "\n".join(lines) + "\n</svg>\n"
