"""How a feed is asked for, with what credentials, and how many at a time."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, model_validator

from feedhub.config.models.strict import Strict, key
from feedhub.config.values import (
    Duration,
    Headers,
    HeaderValue,
    Many,
    Positive,
    PrivateRange,
    ProxyURL,
    Size,
    Whole,
)


class Request(Strict):
    """How a feed is asked for. Under `fetch` for all; under `defaults`, a category or a feed for some."""

    timeout: Positive | None = key(
        "Time one feed may take in all, redirects included; 2m at most", "25s", le=timedelta(minutes=2)
    )
    connect_timeout: Positive | None = key("Time to connect", "5s")
    read_timeout: Positive | None = key("Time without a byte", "10s")
    max_bytes: Size | None = key("Largest feed, decompressed", "20MB")
    max_header_bytes: Size | None = key("Largest response header", "64KiB")
    max_redirects: Whole | None = key("Redirects followed", 5, ge=0, le=20)
    max_entries: Whole | None = key("Entries taken of one feed, the newest", 1000, ge=1, le=100_000)
    user_agent: HeaderValue | None = key("User-Agent header", "FeedHub/VERSION (+hub.url)", min_length=1)
    accept: HeaderValue | None = key("Accept header, for servers that insist", min_length=1)
    headers: Headers | None = key("More request headers, added to those of the level above")
    proxy: ProxyURL | None = key("Proxy, as http://host:port; a password may be in it")
    verify: bool | None = key("Check the server's certificate", True)
    ca_file: str | None = key("File with certificate authorities to trust instead, relative to this file")
    client_cert: Many[str] | None = key(
        "Client certificate: one PEM file, or certificate and key, relative to this file",
        min_length=1,
        max_length=2,
    )
    allow_private: Many[PrivateRange] | None = key(
        "Private addresses or networks that may be asked, with :port if wanted; added to the level above"
    )


class Fetch(Request):
    """How feeds are asked for, and how many at a time."""

    workers: Whole | None = key("Feeds asked at the same time", 16, ge=1, le=1000)
    processes: Whole | None = key(
        "Processes that share the work; 0: only the daemon; not given: from 100 feeds on one a core, up to 4",
        None,
        ge=0,
        le=256,
    )
    per_host: Whole | None = key("Feeds asked at the same time of one host", 2, ge=1, le=100)
    spacing: Duration | None = key("Pause between requests to one domain", "1s")
    private_pace: bool | None = key(
        "Hold each private host to `spacing` and the pace of a public domain; else to `per_host` alone",
        False,
    )


class Auth(Strict):
    """Credentials: `username` and `password`, or `bearer`; secrets from the environment or a file."""

    username: str | None = key("User name for basic authentication", min_length=1)
    password: str | None = Field(default=None, description="Its password, best as ${VARIABLE}", repr=False)
    password_file: str | None = key("File that holds the password, relative to this file")
    bearer: str | None = Field(default=None, description="Bearer token, best as ${VARIABLE}", repr=False)
    bearer_file: str | None = key("File that holds the bearer token, relative to this file")

    @model_validator(mode="after")
    def one_way(self) -> Auth:
        given = self.model_fields_set
        if {"password", "password_file"} <= given or {"bearer", "bearer_file"} <= given:
            raise ValueError("the secret or the file that holds it, not both")
        basic, bearer = given & {"username", "password", "password_file"}, given & {"bearer", "bearer_file"}
        if basic and bearer:
            raise ValueError("either username and password, or bearer, not both")
        if not basic and not bearer:
            raise ValueError("username and password, or bearer, are missing")
        if basic and "username" not in given:
            raise ValueError("username is missing")
        return self
