"""The process of a `moto` server: tells its port in the first line, serves loopback, and ends when its standard input ends.

It runs as a script and knows nothing else of ours. What moto does not implement is answered with 501, and a crash of
moto with 500, so that both can be told from a refusal.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

Start = Callable[..., Any]


def _answering(application: Any) -> Callable[[dict[str, Any], Start], Iterable[bytes]]:
    """The application, whose exceptions become answers."""

    def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        try:
            return list(application(environ, start))
        except NotImplementedError:
            status, kind = "501 Not Implemented", "NotImplemented"
        except Exception as error:  # noqa: BLE001 - every crash of moto is told as one
            status, kind = "500 Internal Server Error", type(error).__name__
        start(status, [("Content-Type", "application/json"), ("x-amzn-errortype", kind)])
        return [b'{"__type": "%s", "message": "%s"}' % (kind.encode(), kind.encode())]

    return answer


def main() -> None:
    """Serve until standard input ends, which it does when the process that started this one is gone."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    def service(*told: Any) -> Any:
        made = create_backend_app(*told)
        made.config["PROPAGATE_EXCEPTIONS"] = True
        return made

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = _answering(DomainDispatcherApplication(service))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
    os.environ["MOTO_PORT"] = str(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
