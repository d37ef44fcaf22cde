"""What a browser does with Airflow behind an ingress: pages, redirects, cookies, a form."""

from __future__ import annotations

import http.client
import http.cookies
import re
import urllib.parse
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_REDIRECTS = 10
_TIMEOUT = 60
_FORM = "application/x-www-form-urlencoded"


class Page(NamedTuple):
    """Where a request has ended, with its status and text."""

    url: str
    status: int
    text: str
    kind: str


class Browser:
    """Asks for pages of one host; the requests go to `address`, with the headers of a proxy.

    Who is sent to another host is sent back by `elsewhere`, which is given one URL and says another
    one.
    """

    def __init__(
        self, host: str, address: str, elsewhere: Callable[[str], str] | None = None
    ) -> None:
        self._host, self._address = host, urllib.parse.urlsplit(address)
        self._elsewhere = elsewhere
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> Page:
        """A page, after all redirects."""
        return self._follow("GET", path, "")

    def post(self, path: str, **fields: str) -> Page:
        """Where a form leads to."""
        return self._follow("POST", path, urllib.parse.urlencode(fields))

    def _follow(self, method: str, path: str, body: str) -> Page:
        url = urllib.parse.urljoin(f"http://{self._host}/", path)
        for _ in range(_REDIRECTS):
            response, text = self._ask(method, url, body)
            location = response.getheader("Location")
            if not location:
                kind = response.getheader("Content-Type") or ""
                return Page(url, response.status, text, kind)
            url = urllib.parse.urljoin(url, location)
            if self._elsewhere and urllib.parse.urlsplit(url).netloc != self._host:
                url = self._elsewhere(url)
            assert urllib.parse.urlsplit(url).netloc == self._host, f"redirected to {url}"
            method, body = "GET", ""
        raise AssertionError(f"more than {_REDIRECTS} redirects, now to {url}")

    def _ask(self, method: str, url: str, body: str) -> tuple[http.client.HTTPResponse, str]:
        headers = {
            "Host": self._host,
            "X-Forwarded-Host": self._host,
            "X-Forwarded-Proto": "http",
            "X-Forwarded-For": "192.0.2.1",
            "Accept": "text/html",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
        }
        if method == "POST":
            headers["Content-Type"] = _FORM
        parts = urllib.parse.urlsplit(url)
        path = urllib.parse.urlunsplit(("", "", parts.path, parts.query, ""))
        connection = http.client.HTTPConnection(self._address.netloc, timeout=_TIMEOUT)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
        finally:
            connection.close()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                for cookie in http.cookies.SimpleCookie(value).values():
                    self._cookies[cookie.key] = cookie.value
        return response, text


def sign_in(browser: Browser, form: Page, user: str, password: str) -> Page:
    """Where the form of a login leads to."""
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form.text)
    assert token, form.text
    return browser.post(form.url, username=user, password=password, csrf_token=token[1])
