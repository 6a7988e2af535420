"""Tables that a typist, a portal or a converter damaged: cells may be lost, never read wrong without a finding."""

from dataclasses import replace
from random import Random

import pytest

from tests.accuracy.score import FORMS, make_report, score_report
from tests.portal.damage import DAMAGES, damage_sheets

SEEDS = {"html": 10, "docx": 4, "text_tabs": 4, "pdf": 3}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", SEEDS)
def test_a_damaged_table_never_gives_a_wrong_value_silently(shape: str, form: str, damage: str) -> None:
    for seed in range(SEEDS[shape]):
        whole = make_report(form, shape, seed)
        hurt = replace(whole, sheets=damage_sheets(whole.sheets, damage, Random(seed)))
        score = score_report(whole, shape, hurt)
        assert [loss.where for loss in score.losses if loss.verdict == "wrong"] == [], f"seed {seed}"
        assert score.wrong == 0, f"seed {seed}"
