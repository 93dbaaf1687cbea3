"""Endpoints of the operator's private port: health, readiness and metrics. They hold no text of users."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

STUCK_AFTER = 10.0  # seconds without a turn of the loop that serves the page; it turns ten times a second


def build_monitor(
    *,
    figures: Callable[[], bytes],
    not_ready: Callable[[], str],
    stuck_for: Callable[[], float],
    trouble: Callable[[], str] = lambda: "",
) -> Starlette:
    """Three addresses. ``not_ready`` gives the reason in words, empty when questions are answered.

    ``trouble`` gives the class of an error for which changed articles are not followed: a reason to look, none to ask
    another server.
    """

    async def alive(_: Request) -> Response:
        stuck = stuck_for() > STUCK_AFTER
        return PlainTextResponse("stuck\n" if stuck else "ok\n", status_code=503 if stuck else 200)

    async def ready(_: Request) -> Response:
        reason = not_ready()
        if reason:
            return PlainTextResponse(f"{reason}\n", status_code=503)
        error = trouble()
        return PlainTextResponse(f"ready, but changed articles are not followed: {error}\n" if error else "ready\n")

    async def metrics(_: Request) -> Response:
        return Response(figures(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return Starlette(routes=[Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)])
