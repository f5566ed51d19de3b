"""Everything InvoiceApi asks for, held against MobilePay's specification."""

import re

import jsonschema
from wire_requests import invoice
from wire_server import Reply
from wire_shared import as_specified, schema

from mobilepay.classic.payload import encode
from mobilepay.types import Kind

MERCHANT = "11111111-8433-4196-b25f-690871be5b3d"
ID = "89a140f4-8433-4196-b25f-690871be5b3d"


def everything(api):
    text = encode(invoice())
    api.merchant()
    api.merchant_id = MERCHANT
    api.issuers()
    for kind in Kind:
        api.create(kind, text)
        api.create_batch(kind, [text, text])
    api.cancel(ID)
    api.details(ID)
    api.status(ID)
    api.register_api_key("https://odoo.example/x", "k" * 32)
    api.register_basic("https://odoo.example/x", "odoo", "p" * 32)
    api.ask_consent(ID)
    list(api.consents(ID))
    api.consent(ID)


def specified(openapi, sent):
    """The operation of the specification that a request is for."""
    path = sent.path.partition("?")[0]
    for template, operations in openapi["paths"].items():
        pattern = re.sub(r"\{\w+\}", r"[0-9a-f-]{36}", template)
        if re.fullmatch(pattern, path) and sent.method.lower() in operations:
            return operations[sent.method.lower()]
    raise AssertionError(f"{sent.method} {path} is not in the specification")


def test_every_request_is_in_the_specification(server, api, openapi):
    answer = {
        "InvoiceId": ID,
        "MerchantId": MERCHANT,
        "ConsentId": ID,
        "Status": "paid",
        "State": "granted",
        "InvoiceIssuers": [],
        "GrantedConsents": [],
    }
    server.answers(Reply(200, answer))
    everything(api)
    assert len(server.asked) == 14
    for sent in server.asked:
        operation = specified(openapi, sent)
        named = {parameter["name"] for parameter in operation["parameters"]}
        query = sent.path.partition("?")[2]
        assert {pair.split("=")[0] for pair in query.split("&") if pair} <= named
        if "requestBody" not in operation:
            assert sent.body == b""
            continue
        model = operation["requestBody"]["content"]["application/json"]["schema"]
        model = {**model, "components": openapi["components"]}
        body = as_specified(openapi, sent.json)
        jsonschema.Draft202012Validator(model).validate(body)


def test_the_specifications_own_examples_are_read(server, api, openapi):
    path = "/api/v1/merchants/{merchantid}/invoices/link"
    answers = openapi["paths"][path]["post"]["responses"]
    example = answers["200"]["content"]["application/json"]["example"]
    server.answers(Reply(200, example))
    created = api.create(Kind.LINK, "{}")
    assert created.invoice_id == example["InvoiceId"]
    assert created.link_url == example["Links"][0]["Href"]
    model = schema(openapi, "Invoice.InvoiceLinkResultModel")
    jsonschema.validate(as_specified(openapi, example), model)
