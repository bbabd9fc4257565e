"""Filling a mentor's templates: typed, sandboxed, and answers never rendered."""

from __future__ import annotations

from typing import Any

import pytest
from semai.core.render import render
from semai.errors import InvalidInput

VALUES = {
    "answers": {"year": 2027, "motto": "{{ 7 * 7 }} {% x %} {# y #}", "flag": True},
    "region": {"name": "Kabupaten Manggarai", "agencies": [{"code": "1"}], "logo": None},
}


def filled(template: Any) -> Any:
    return render(template, VALUES, where="batang/e-x 1: environment.X")


@pytest.mark.parametrize(
    ("template", "result"),
    [
        ("plain", "plain"),
        ("", ""),
        (5, 5),
        (True, True),
        (None, None),
        ("{{ answers.year }}", 2027),
        (" {{ answers.year }} ", 2027),
        ("{{- answers.flag -}}", True),
        ("{{ region.logo }}", None),
        ("year {{ answers.year }}", "year 2027"),
        ("{{ answers.year }}{{ answers.year }}", "20272027"),
        ("{{ answers }}", VALUES["answers"]),
        ("{{ answers.motto }}", "{{ 7 * 7 }} {% x %} {# y #}"),
        ("a {{ answers.motto }}", "a {{ 7 * 7 }} {% x %} {# y #}"),
        ("{{ region.agencies[0].code }}", "1"),
        ("{{ region.name | upper }}", "KABUPATEN MANGGARAI"),
        ("{{ answers.nope | default('x') }}", "x"),
        ("{{ {'a': answers.year} }}", {"a": 2027}),
        ({"a": ["{{ answers.year }}"]}, {"a": [2027]}),
        ("{{ answers | tojson }}".replace("answers", "region.agencies"), '[{"code": "1"}]'),
    ],
)
def test_templates(template: Any, result: Any) -> None:
    found = filled(template)
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ answers.nope }}", "'dict object' has no attribute 'nope'"),
        ("x {{ nope }}", "'nope' is undefined"),
        ("{{ {'a': nope} }}", "'nope' is undefined"),
        ("{{ answers.year", "unexpected end of template, expected 'end of print statement'."),
        ("{{ answers.items() }}", "not allowed in a template"),
        ("{{ ''.__class__ }}", "not allowed in a template"),
        ("x {{ ''.__class__.__mro__[1].__subclasses__() }}", "not allowed in a template"),
        ("{{ 'a' * 1000000000 }}", "not allowed in a template"),
        ("{{ '%1000000000d' % 1 }}", "not allowed in a template"),
        ("{{ 2 ** 1000000 }}", "not allowed in a template"),
        ("{{ 'a'.ljust(1000000000) }}", "not allowed in a template"),
        ("{{ range(1000000000) | list }}", "No filter named 'list'."),
        ("{% for i in answers %}{{ i | center(99999999) }}{% endfor %}", "No filter named 'center'."),
        ("{% include '/etc/passwd' %}", "no loader for this environment specified"),
        ("{{ answers.items }}", "it yields builtin_function_or_method, not text, number, list or mapping"),
        ("x" * 5000, "longer than 4000 characters"),
    ],
)
def test_what_a_template_may_not_do(template: str, problem: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        filled(template)
    assert caught.value.code == "template-invalid"
    assert problem in caught.value.fields["problem"]
    assert caught.value.fields["where"] == "batang/e-x 1: environment.X"


def test_a_place_inside_a_mapping_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        filled({"outer": ["a", "{{ nope }}"]})
    assert caught.value.fields["where"] == "batang/e-x 1: environment.X.outer[2]"
