"""The shared-key signature and the tokens; the signing here is written from the service's description alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from azure.batch.emulator._auth import Authenticator
from azure.batch.emulator._wire import ServiceError

KEY = base64.b64encode(b"a secret of some length").decode()
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
DATE = format_datetime(NOW, usegmt=True)

Pairs = Sequence[tuple[str, str]]


def sign(text: str, key: str = KEY, account: str = "myaccount") -> str:
    digest = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()
    return f"SharedKey {account}:{base64.b64encode(digest).decode()}"


def authenticator(at: datetime = NOW, **kwargs: bool) -> Authenticator:
    return Authenticator("myaccount", KEY, now=at.timestamp, **kwargs)


def verify(
    text: str,
    method: str = "GET",
    path: str = "/jobs",
    query: Pairs = (),
    **headers: str,
) -> None:
    given = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    given.setdefault("ocp-date", DATE)
    authenticator().verify(method, path, query, CIMultiDict({"Authorization": sign(text), **given}))


def refusal(call: Callable[[], None]) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        call()
    return caught.value


def test_the_example_of_the_service() -> None:
    query = [("api-version", "2014-01-01.1.0"), ("timeout", "20")]
    verify(
        f"GET\n\n\n\n\n\n\n\n\n\n\n\nocp-date:{DATE}\n/myaccount/jobs\napi-version:2014-01-01.1.0\ntimeout:20",
        query=query,
    )


def test_every_signed_header_has_its_place() -> None:
    verify(
        "PUT\ngzip\nde\n12\nabc\napplication/json; odata=minimalmetadata\n\n"
        f'{DATE}\n"tag"\n*\n{DATE}\nbytes=0-1\nocp-date:{DATE}\nocp-range:bytes=0-1\n/myaccount/jobs/a%3Ab\nx:1',
        "PUT",
        "/jobs/a%3Ab",
        [("x", "1")],
        **{
            "Content-Encoding": "gzip",
            "Content-Language": "de",
            "Content-Length": "12",
            "Content-MD5": "abc",
            "Content-Type": "application/json; odata=minimalmetadata",
            "If-Modified-Since": DATE,
            "If-Match": '"tag"',
            "If-None-Match": "*",
            "If-Unmodified-Since": DATE,
            "Range": "bytes=0-1",
            "OCP-Range": "bytes=0-1",
        },
    )


def usual(
    method: str = "GET", length: str = "", date: str = "", query: str = "", ocp: str = f"ocp-date:{DATE}\n"
) -> str:
    return f"{method}\n\n\n{length}\n\n\n{date}\n\n\n\n\n\n{ocp}/myaccount/jobs{query}"


@pytest.mark.parametrize(
    "signed",
    [
        # by lower-cased name
        "\n$filter:a b\napi-version:1\ntimeout:30",
        # the official client: names as they are, sorted so
        "\n$filter:a b\napi-version:1\ntimeOut:30",
    ],
)
def test_query_names_are_signed_as_sent_or_in_lower_case(signed: str) -> None:
    verify(usual(query=signed), query=[("timeOut", "30"), ("api-version", "1"), ("$filter", "a b")])


@pytest.mark.parametrize("signed", ["\nendtime:2\nstartTime:1", "\nendtime:2\nstarttime:1", "\nZ:1\na:2", "\na:2\nZ:1"])
def test_query_names_may_be_sorted_with_or_without_case(signed: str) -> None:
    query = [("Z", "1"), ("a", "2")] if "Z" in signed else [("startTime", "1"), ("endtime", "2")]
    verify(usual(query=signed), query=query)


@pytest.mark.parametrize("signed", ["\na:1,2\nb:", "\na:2\nb:", "\na:1,2", "\na:2"])
def test_repeated_and_empty_parameters(signed: str) -> None:
    verify(usual(query=signed), query=[("a", "2"), ("a", "1"), ("b", "")])


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "GET", "HEAD"])
@pytest.mark.parametrize("signed", ["", "0"])
@pytest.mark.parametrize("sent", [{}, {"Content-Length": "0"}])
def test_no_body_is_signed_as_nothing_or_as_zero(method: str, signed: str, sent: dict[str, str]) -> None:
    verify(usual(method, signed), method, **sent)


def test_the_length_of_a_body_is_signed_as_it_is() -> None:
    verify(usual("POST", "5"), "POST", **{"Content-Length": "5"})
    for wrong in ("", "0", "4"):
        assert (
            refusal(lambda wrong=wrong: verify(usual("POST", wrong), "POST", **{"Content-Length": "5"})).status == 403
        )


def test_the_date_may_be_in_either_header() -> None:
    only_date = CIMultiDict({"Authorization": sign(usual(date=DATE, ocp="")), "Date": DATE})
    authenticator().verify("GET", "/jobs", [], only_date)
    both = {"Ocp-Date": DATE, "Date": "Thu, 01 Jan 1970 00:00:00 GMT"}
    for date in ("", both["Date"]):
        authenticator().verify("GET", "/jobs", [], CIMultiDict({"Authorization": sign(usual(date=date)), **both}))


def test_the_date_may_be_in_the_query() -> None:
    text = usual(ocp="", query=f"\nocp-date:{DATE}")
    authenticator().verify("GET", "/jobs", [("ocp-date", DATE)], CIMultiDict({"Authorization": sign(text)}))


def test_headers_that_hold_ocp_may_be_signed_too() -> None:
    with_it = usual(ocp=f"ocp-date:{DATE}\nx-ocp-y:1\n")
    verify(with_it, x_ocp_y="1")
    verify(usual(), x_ocp_y="1")


@pytest.mark.parametrize("offset", [-14, 14])
def test_a_clock_may_be_a_little_wrong(offset: int) -> None:
    headers = CIMultiDict({"Authorization": sign(usual()), "ocp-date": DATE})
    authenticator(NOW + timedelta(minutes=offset)).verify("GET", "/jobs", [], headers)


@pytest.mark.parametrize("offset", [-16, 16])
def test_an_old_request_is_refused(offset: int) -> None:
    headers = CIMultiDict({"Authorization": sign(usual()), "ocp-date": DATE})
    at = authenticator(NOW + timedelta(minutes=offset))
    error = refusal(lambda: at.verify("GET", "/jobs", [], headers))
    assert (error.status, error.code) == (403, "AuthenticationFailed")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 403, "AuthenticationFailed"),
        ({"Authorization": ""}, 400, "InvalidAuthenticationInfo"),
        ({"Authorization": "SharedKey"}, 400, "InvalidAuthenticationInfo"),
        ({"Authorization": "SharedKey myaccount"}, 400, "InvalidAuthenticationInfo"),
        ({"Authorization": "SharedKey myaccount:not base64 "}, 400, "InvalidAuthenticationInfo"),
        ({"Authorization": "SharedKey myaccount:é"}, 400, "InvalidAuthenticationInfo"),
        ({"Authorization": "Basic abc"}, 400, "InvalidAuthenticationInfo"),
        ({"Authorization": "Bearer"}, 400, "InvalidAuthenticationInfo"),
        ({"Authorization": sign(usual(), account="other")}, 403, "AuthenticationFailed"),
        ({"Authorization": sign(usual(), key="AAAA")}, 403, "AuthenticationFailed"),
        ({"Authorization": sign(usual()), "ocp-date": ""}, 403, "AuthenticationFailed"),
        ({"Authorization": sign(usual()), "ocp-date": "today"}, 403, "AuthenticationFailed"),
        ({"Authorization": "Bearer a.b.c"}, 401, "AuthenticationFailed"),
        ({"Authorization": "Bearer é"}, 401, "AuthenticationFailed"),
    ],
)
def test_refusals(headers: dict[str, str], status: int, code: str) -> None:
    sent = CIMultiDict({"ocp-date": DATE, **headers})
    error = refusal(lambda: authenticator().verify("GET", "/jobs", [], sent))
    assert (error.status, error.code) == (status, code)


def test_a_wrong_signature_is_answered_with_the_text_that_was_expected() -> None:
    error = refusal(lambda: verify("something else", query=[("api-version", "1")]))
    details = dict(error.values)
    assert usual(query="\napi-version:1") in details["AuthenticationErrorDetail"]


@given(
    st.text(alphabet="GETPOSDLU", min_size=1),
    st.lists(st.tuples(st.text(), st.text())),
    st.dictionaries(st.sampled_from(["Authorization", "Date", "ocp-date", "Content-Length", "x"]), st.text()),
)
def test_nothing_passes_by_chance(method: str, query: Pairs, headers: dict[str, str]) -> None:
    error = refusal(lambda: authenticator().verify(method, "/", query, CIMultiDict(headers)))
    assert error.status in (400, 401, 403)


@pytest.mark.parametrize("key", ["", "not base64!", "abc"])
def test_a_key_must_be_base64(key: str) -> None:
    with pytest.raises(ValueError, match="key of the account"):
        Authenticator("a", key)


# tokens


def bearer(token: str) -> CIMultiDict[str]:
    return CIMultiDict({"Authorization": f"Bearer {token}"})


def test_a_token_of_its_own_passes_until_it_expires() -> None:
    token, expires = authenticator().token(60)
    assert expires == int(NOW.timestamp()) + 60
    authenticator(NOW + timedelta(seconds=59)).verify("GET", "/jobs", [], bearer(token))
    late = authenticator(NOW + timedelta(seconds=60))
    error = refusal(lambda: late.verify("GET", "/jobs", [], bearer(token)))
    assert (error.status, error.code) == (401, "AuthenticationFailed")


def test_a_token_of_another_account_s_key_is_refused() -> None:
    token, _ = Authenticator("myaccount", "AAAA", now=NOW.timestamp).token()
    assert refusal(lambda: authenticator().verify("GET", "/jobs", [], bearer(token))).status == 401


def test_a_changed_token_is_refused() -> None:
    token, _ = authenticator().token()
    head, claims, seal = token.split(".")
    changed = base64.urlsafe_b64encode(b'{"exp":99999999999}').decode().rstrip("=")
    for forged in (f"{head}.{changed}.{seal}", f"{head}.{claims}.", f"{head}.{claims}.{seal}x"):
        assert refusal(lambda forged=forged: authenticator().verify("GET", "/", [], bearer(forged))).status == 401


def test_any_token_passes_when_that_is_asked_for() -> None:
    anyone = authenticator(accept_any_token=True)
    anyone.verify("GET", "/jobs", [], bearer("whatever"))
    assert refusal(lambda: anyone.verify("GET", "/jobs", [], CIMultiDict())).status == 403
