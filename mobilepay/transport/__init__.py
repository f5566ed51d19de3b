"""One HTTP pipeline for all services: headers, time limits, retries, errors, log.

It knows no service: what an API asks and answers stands in that service's folder.
"""
