import pytest

from mobilepay.environments import (
    COUNTRIES,
    ENVIRONMENTS,
    check_address,
    merchant_vat,
)
from mobilepay.errors import BadAddress, InvalidVat, MobilePayError


def test_the_four_environments_of_section_1():
    assert set(ENVIRONMENTS) == {
        "sandbox_dk",
        "production_dk",
        "sandbox_fi",
        "production_fi",
    }
    sandbox, production = ENVIRONMENTS["sandbox_dk"], ENVIRONMENTS["production_fi"]
    assert sandbox.discovery_url == (
        "https://sandprod-admin.mobilepay.dk/account/.well-known/openid-configuration"
    )
    assert sandbox.api_base == "https://api.sandbox.mobilepay.dk/invoice-restapi"
    assert (sandbox.sandbox, sandbox.reporting_base) == (True, "")
    assert production.discovery_url == (
        "https://admin.mobilepay.fi/account/.well-known/openid-configuration"
    )
    assert production.api_base == "https://api.mobilepay.dk/invoice-restapi"
    assert production.reporting_base == (
        "https://api.mobilepay.dk/transaction-reporting"
    )
    assert sandbox.reporting_v3_base == "https://api.sandbox.mobilepay.dk"
    assert production.reporting_v3_base == "https://api.mobilepay.dk"
    assert production.portal_url == "https://admin.mobilepay.fi"


def test_every_address_of_every_environment_may_be_talked_to():
    for environment in ENVIRONMENTS.values():
        assert environment.country in COUNTRIES
        for url in (
            environment.discovery_url,
            environment.api_base,
            environment.portal_url,
            environment.reporting_base,
            environment.reporting_v3_base,
        ):
            assert not url or check_address(url) == url


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("https://api.example.dk/base/", "https://api.example.dk/base"),
        ("HTTPS://api.example.dk", "HTTPS://api.example.dk"),
        ("http://localhost:8069/x", "http://localhost:8069/x"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://127.8.9.10:1/", "http://127.8.9.10:1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_addresses_that_may_be_talked_to(url, checked):
    assert check_address(url) == checked


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.dk",
        "http://api.example.dk",
        "http://128.0.0.1",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://localhost.example.dk",
        "http://127.0.0.1.example.dk",
        "http://127.0.0.1@example.dk",
        "http://example.dk\\@127.0.0.1",
        "https://user:password@example.dk",
        "https://example.dk/#part",
        "https://",
        "https:///path",
        "https://exa mple.dk",
        "https://example.dk:port",
        "https://[::1",
        "ftp://localhost",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://example.dk\n.127.0.0.1",
    ],
)
def test_addresses_that_may_not(url):
    with pytest.raises(BadAddress):
        check_address(url)


@pytest.mark.parametrize(
    ("text", "country", "vat"),
    [
        ("DK 12 34 56 78", "DK", "DK12345678"),
        ("12345678", "DK", "DK12345678"),
        ("dk12345678", "DK", "DK12345678"),
        ("1234567-8", "FI", "FI12345678"),
        ("FI12345678", "FI", "FI12345678"),
    ],
)
def test_vat_numbers_as_people_write_them(text, country, vat):
    assert merchant_vat(text, country) == vat


@pytest.mark.parametrize(
    "text", ["", "DK", "1234567", "123456789", "FI12345678", "١٢٣٤٥٦٧٨", "DKDK12345678"]
)
def test_vat_numbers_that_are_none(text):
    with pytest.raises(InvalidVat) as caught:
        merchant_vat(text, "DK")
    assert isinstance(caught.value, MobilePayError)
    assert isinstance(caught.value, ValueError)
