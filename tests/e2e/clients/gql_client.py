"""Talks to a gateway with the package `gql`, and prints one line of JSON per answer.

Usage: gql_client.py query|http|subscribe URL DOCUMENT

A subscription goes on until the process is ended.
"""

import asyncio
import json
import sys

from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.requests import RequestsHTTPTransport
from gql.transport.websockets import WebsocketsTransport


def say(result):
    print(json.dumps(result), flush=True)


def query_and_check_against_schema(url, document):
    """The client fetches the schema by introspection first and checks the document itself."""
    client = Client(transport=RequestsHTTPTransport(url=url), fetch_schema_from_transport=True)
    say(client.execute(gql(document)))


async def query(url, document):
    async with Client(transport=AIOHTTPTransport(url=url)) as session:
        say(await session.execute(gql(document)))


async def subscribe(url, document):
    async with Client(transport=WebsocketsTransport(url=url)) as session:
        async for result in session.subscribe(gql(document)):
            say(result)


def main():
    kind, url, document = sys.argv[1:4]
    if kind == "subscribe":
        asyncio.run(subscribe(url, document))
    elif kind == "http":
        asyncio.run(query(url, document))
    else:
        query_and_check_against_schema(url, document)


main()
