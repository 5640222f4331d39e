"""Draws docs/images/report.png, the top of the example report as the README shows it.

`python docs/pages/picture.py` needs the packages of the `browser` group, Pillow, and Chromium.
"""

from __future__ import annotations

import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parents[1]
PAGE, PICTURE = HERE.parent / "reports" / "example" / "index.html", HERE / "images" / "report.png"
WIDTH, SCALE, COLOURS = 1200, 2, 64


def lower_edge(page: Page) -> int:
    """Where the first screen ends: below the verdict, the ranking and the heat map."""
    box = page.locator(".first").bounding_box()
    assert box is not None
    return round(box["y"] + box["height"]) + 12


def shot() -> Image.Image:
    """The top of the example report in the light theme, at twice the size for sharp screens."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 1600}, device_scale_factor=SCALE, color_scheme="light")
        page.goto(PAGE.as_uri())
        taken = page.screenshot(clip={"x": 0, "y": 0, "width": WIDTH, "height": lower_edge(page)})
        browser.close()
    return Image.open(io.BytesIO(taken))


if __name__ == "__main__":
    shot().convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(PICTURE, optimize=True)
