"""Header values that the guard adds to every response: security, caching, content security policy."""

from starlette.datastructures import MutableHeaders
from starlette.types import Message

from chatbot.web.paths import EXIT_SCRIPT, PAGE, find_path

HEADERS = {
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    # What the page never uses; copying needs clipboard-write, which stays.
    "permissions-policy": ", ".join(
        f"{feature}=()"
        for feature in (
            *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope"),
            *("magnetometer", "microphone", "midi", "payment", "screen-wake-lock", "serial", "usb"),
        )
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-permitted-cross-domain-policies": "none",
    "x-robots-tag": "noindex, nofollow",
}


def set_headers(path: str, message: Message, *, frame_ancestors: str) -> None:
    """Set the headers of a response that begins; ``frame_ancestors`` are the sites that may show it in a frame."""
    headers = MutableHeaders(raw=message["headers"])
    for name in [name for name in headers if name.startswith("access-control-")]:
        del headers[name]
    for name, value in HEADERS.items():
        headers[name] = value
    if path == EXIT_SCRIPT:  # the exit works in a frame that counts as no origin at all, too
        headers["cross-origin-resource-policy"] = "cross-origin"
    served = find_path(PAGE, path, "GET")
    kept = served is not None and served.immutable and message["status"] == 200
    headers["cache-control"] = "public, max-age=31536000, immutable" if kept else "no-store"
    scripts = headers.get("x-inline-scripts", "")
    if "x-inline-scripts" in headers:
        del headers["x-inline-scripts"]
    headers["content-security-policy"] = content_security_policy(scripts, frame_ancestors)
    message["headers"] = headers.raw


def content_security_policy(inline_scripts: str, frame_ancestors: str) -> str:
    """The policy; ``inline_scripts`` are hashes of the scripts that stand in the page."""
    ancestors = f"'self' {frame_ancestors}".strip()
    scripts = f"'self' {inline_scripts}".strip()
    return (
        f"default-src 'self'; script-src {scripts}; "
        # Gradio sets styles on elements and adds style sheets of its theme.
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
        f"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
    )
