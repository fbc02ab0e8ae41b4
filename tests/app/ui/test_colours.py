"""Themes: every text stands out from every ground it is drawn on, and nothing hangs on colour alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme

from app.config import Settings
from app.paths import Paths
from app.ui.app import CopilotApp
from app.ui.colours import ANSI, COLOUR_BLIND, HIGH_CONTRAST, THEMES
from app.ui.preferences import in_force
from app.ui.theme import LOOKS, style_of

OWN = [theme for theme in THEMES.values() if not theme.ansi]
GROUNDS = ("background", "surface", "panel", "selected", "added", "removed")


def colours(theme: Theme) -> dict[str, str]:
    """The variables of a theme."""
    return theme.to_color_system().generate() | theme.variables


def luminance(color: Color) -> float:
    """Relative luminance by WCAG 2.1."""
    parts = [value / 255 for value in (color.r, color.g, color.b)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio by WCAG 2.1."""
    light, dark = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
def test_text_stands_out(theme: Theme) -> None:
    found, least = colours(theme), 7.0 if theme is HIGH_CONTRAST else 4.5
    texts = {"foreground", *(look.color for look in LOOKS.values() if look.color and not look.background)}
    weak = [
        (text, ground, round(ratio, 2))
        for text in sorted(texts)
        for ground in GROUNDS
        if (ratio := contrast(found[text], found[ground])) < least
    ]
    weak += [
        (name, look.background, 0.0)
        for name, look in LOOKS.items()
        if look.color and look.background and contrast(found[look.color], found[look.background]) < least
    ]
    assert weak == []


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
def test_bands_can_be_told_apart(theme: Theme) -> None:
    found = colours(theme)
    bands = [found[name] for name in ("background", "selected", "added", "removed")]
    assert len(set(bands)) == 4


def test_yes_and_no_differ_by_blue_where_red_and_green_look_alike() -> None:
    found = colours(COLOUR_BLIND)
    for yes, no in (("success", "error"), ("added", "removed")):
        assert Color.parse(found[yes]).b - Color.parse(found[no]).b > 25


def test_the_setting_names_every_theme() -> None:
    assert all(Settings.model_validate({"theme": name}).theme == name for name in THEMES)


def test_without_colour_the_looks_that_matter_still_differ() -> None:
    found = colours(ANSI)
    styles = {name: style_of(name, found, terminal=True).without_color for name in LOOKS}
    assert styles["selected"].reverse and styles["match"].reverse and styles["alert"].reverse
    assert styles["warn"].bold and styles["bad"].bold and styles["key"].bold
    assert styles["add"].bold and not styles["del"].bold and styles["dim"].dim


def test_the_choice_on_the_screen_goes_before_files_and_the_environment_before_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = Paths(tmp_path)
    paths.make()
    assert in_force(paths).theme == "dark" and in_force(paths).mouse
    paths.settings.write_text('{"theme": "light", "mouse": "off"}')
    assert in_force(paths).theme == "light" and not in_force(paths).mouse
    assert in_force(paths, "ansi", "on")[:2] == ("ansi", True)
    monkeypatch.setenv("MLRC_THEME", "high-contrast")
    assert in_force(paths, "ansi").theme == "high-contrast"
    monkeypatch.setenv("MLRC_THEME", "pink")
    assert in_force(paths).theme == "dark" and "no theme 'pink'" in in_force(paths).problem


async def test_a_key_goes_through_the_themes_and_the_choice_is_kept(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        seen = []
        for _ in THEMES:
            await pilot.press("T")
            seen.append(app.theme)
            header = app._main.bars["header"].render_line(0)
            assert "study" in header.text
        assert sorted(seen) == sorted(THEMES) and app._main.model.view.theme == seen[-1]


async def test_without_colour_no_colour_is_written(app: CopilotApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    plain = CopilotApp(app._main.model.paths, app._main.feed.journal, ensure=lambda paths: None)
    async with plain.run_test(size=(120, 40)) as pilot:
        await pilot.press("2")
        await pilot.pause()
        colourless = [
            (segment.text, segment.style)
            for row in plain.screen._compositor.render_strips()
            for segment in row.apply_filter(plain._filters[-1], plain.screen.background_colors[1])
            if segment.style
        ]
        assert colourless
        assert all(
            (s.color is None or s.color.is_default) and (s.bgcolor is None or s.bgcolor.is_default)
            for _, s in colourless
        )
        assert any(s.reverse for _, s in colourless), "the selected row cannot be seen"
