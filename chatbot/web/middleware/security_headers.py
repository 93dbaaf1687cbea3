"""The security headers of every response."""

import re

_KEPT_FOR_EVER = re.compile(r"(?:/[a-z][a-z])?/(?:assets|static)/.*")
_LEAVING = "/shell/exit.js"  # the exit works in a frame that counts as no origin at all, too
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
