"""Firefox as Playwright wants it: a program that starts the Firefox of the system, and answers for what it lacks.

Playwright drives a stock Firefox by WebDriver BiDi and always asks for ``emulation.setMediaFeaturesOverride``. Where
that is not known no page can be opened. Everything else is passed on. ``opened_firefox`` runs it.
"""

import asyncio
import json
import re
import signal
import sys

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

LACKING = "emulation.setMediaFeaturesOverride"
_LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


async def main(program: str, *arguments: str) -> None:
    """Start the program, and relay between it and whoever connects, until it ends."""
    firefox = await asyncio.create_subprocess_exec(program, *arguments, stderr=asyncio.subprocess.PIPE)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, firefox.terminate)
    assert firefox.stderr
    async for line in firefox.stderr:
        if listening := _LISTENING.search(line.decode()):
            break
    else:
        return  # it has ended
    address = listening[1]

    async def relay(client: ServerConnection) -> None:
        assert client.request
        async with connect(address + client.request.path, max_size=None, compression=None) as there:
            back = asyncio.create_task(_pass_on(there, client))
            async for message in client:
                sent = json.loads(message)
                if sent["method"] == LACKING:
                    await client.send(json.dumps({"type": "success", "id": sent["id"], "result": {}}))
                else:
                    await there.send(message)
            back.cancel()

    async with serve(relay, "127.0.0.1", 0, max_size=None, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        sys.stderr.write(f"WebDriver BiDi listening on ws://127.0.0.1:{port}\n")
        sys.stderr.flush()
        async for _ in firefox.stderr:
            pass
        await firefox.wait()


async def _pass_on(there: object, client: ServerConnection) -> None:
    async for message in there:  # type: ignore[attr-defined]
        await client.send(message)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
