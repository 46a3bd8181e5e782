"""Exit 0 when the web server answers as it would to a browser behind the proxy (container health check)."""

import http.client
import os
import sys

PORT = 8000


def main() -> int:
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".*") or "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=8)
    try:
        connection.request("GET", "/readyz", headers={"Host": host, "X-Forwarded-Proto": "https"})
        status = connection.getresponse().status
    except OSError as error:
        print(error)
        return 1
    print(status)
    return 0 if status < http.client.BAD_REQUEST else 1


if __name__ == "__main__":
    sys.exit(main())
