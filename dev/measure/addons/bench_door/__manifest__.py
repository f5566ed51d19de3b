{
    "name": "Bench: a door",
    "summary": "The least that a public controller does, to be measured against",
    "version": "19.0.1.0.0",
    "category": "Hidden",
    "license": "LGPL-3",
    "author": "account_mobilepay contributors",
    "depends": ["base"],
    "data": ["security/ir.model.access.csv"],
}
