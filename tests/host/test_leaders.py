"""Whose data a run looks after, and where it reaches them, when hosts of an app change their parts."""

from __future__ import annotations

import dataclasses

import pytest
from semai_host.drivers.choice import services
from semai_host.drivers.postgresql import PostgresqlDatabase
from semai_host.events import Events
from semai_host.host import App, Host
from semai_host.layout import Layout
from semai_host.parts import Database
from semai_host.request import Request

from tests.host.test_request import WHOLE

THERE = Database("postgresql", name="semai_desk", user="semai_desk", host="10.0.0.5", port=5432)


@pytest.fixture
def app(tmp_path):
    layout = Layout(str(tmp_path))
    return App(Host(layout, services(layout), Events("run", None, None)), "e-planning")


def request(**changes):
    return dataclasses.replace(Request.parse(WHOLE), **{"database": THERE, **changes})


def test_a_follower_looks_after_no_data(app):
    assert app.data(None, request(leader=False)) is None
    assert app.data(request(leader=False), request(leader=False)) is None


def test_a_follower_that_becomes_leader_looks_after_them_from_that_run_on(app):
    assert isinstance(app.data(request(leader=False), request()), PostgresqlDatabase)


def test_a_leader_that_becomes_follower_lets_go_of_them(app):
    assert app.data(request(), request(leader=False)) is None


def test_data_are_looked_for_where_the_new_configuration_reaches_them(app):
    here = dataclasses.replace(THERE, host="/run/postgresql")
    assert app.data(request(), request(database=here)).database.host == "/run/postgresql"
    assert app.data(request(), None).database.host == "10.0.0.5"


def test_another_database_is_not_taken_for_the_old_one(app):
    other = dataclasses.replace(THERE, name="semai_other", host="10.0.0.6")
    assert app.data(request(), request(database=other)).database.name == "semai_desk"
