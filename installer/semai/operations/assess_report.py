"""Write the report of an assessment: one HTML file with everything inside, to be printed and signed."""

from __future__ import annotations

from pathlib import Path

from semai.adapters.assess_rules import assess_rules
from semai.adapters.files import write_atomic
from semai.adapters.letters import report_template
from semai.adapters.region_files import RegionFiles
from semai.core.assessment.assessing import Assessment
from semai.core.assessment.page import page_values
from semai.core.render import render_page


def write_report(files: RegionFiles, assessment: Assessment, path: Path) -> None:
    """Write the page to `path`; raises InvalidInput (region.yml, `logo-invalid`) or OperationFailed."""
    region = files.load_region()
    values = page_values(assessment, region, files.logo(region), assess_rules())
    write_atomic(path, render_page(report_template(), values).encode())
