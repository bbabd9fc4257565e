"""Pages that take their time, for the tests of the server."""

import time

from django.http import HttpRequest, HttpResponse


def slow(request: HttpRequest) -> HttpResponse:
    time.sleep(1.5)
    return HttpResponse("selesai")


def large(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"x" * 20_000_001)
