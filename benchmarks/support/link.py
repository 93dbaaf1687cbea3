"""A network link that can be cut, to see what then becomes of whoever asks through it."""

import socket
import threading
import time


class Link:
    """A network link to a port of this machine. Once cut it swallows what is sent, as a link that has failed does."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.cut = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """No new connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        while self.cut:
            time.sleep(0.05)
        far = socket.create_connection(("127.0.0.1", self._to))
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                while self.cut:
                    time.sleep(0.05)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
