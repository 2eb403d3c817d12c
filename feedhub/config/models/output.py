"""What is published, how it is written, and who may read it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from feedhub.config.chain import Step
from feedhub.config.models.rule import Condition, From
from feedhub.config.models.strict import Strict, key
from feedhub.config.values import AccessToken, DigestTime, Many, Positive, Slug, Username, Whole


class OutputSettings(Strict):
    """How outputs are written."""

    formats: Many[Literal["atom", "rss", "json"]] | None = key(
        "What is written: atom, rss, json", ["atom", "rss", "json"], min_length=1
    )
    limit: Whole | None = key("Items at most, after filtering and merging", 100, ge=1, le=10_000)
    per_feed_limit: Whole | None = key(
        "Items of one feed at most, so that a fast one does not crowd out the others; a story counts for the "
        "feed whose copy is shown",
        ge=1,
        le=10_000,
    )
    initial_items: Whole | None = key(
        "Of what is dated before the output was first declared, items at most; without it `limit` alone",
        ge=0,
        le=10_000,
    )
    max_age: Positive | None = key("Oldest item; without it no bound")
    min_sources: Whole | None = key("Only stories that so many feeds carry", 1, ge=1, le=1000)
    order: Literal["published", "sources"] | None = key("Newest first, or most sources first", "published")
    update_policy: Literal["silent", "republish", "never"] | None = key(
        "An item whose content changes is replaced (`silent`), comes to readers as new (`republish`), or "
        "stays as it was first published (`never`)",
        "silent",
    )
    content: Literal["full", "summary", "none"] | None = key("How much of each item", "full")
    also_in: bool | None = key("Name the other sources below each item", True)


class Login(Strict):
    """Who may read a private output, instead of a token: name and password, by basic authentication."""

    username: Username = Field(description="User name")
    password: str | None = Field(
        default=None, min_length=1, description="Password, best as ${VARIABLE}", repr=False
    )
    password_file: str | None = key("File that holds the password, relative to this file")

    @model_validator(mode="after")
    def one_password(self) -> Login:
        if len({"password", "password_file"} & self.model_fields_set) != 1:
            raise ValueError("a password or a password_file is wanted, one of them")
        return self


class Output(OutputSettings):
    """A feed to publish; `tag/NAME`, `category/NAME` and `all` refine those that are there anyway."""

    title: str | None = key("Title of the published feed")
    description: str | None = key("One sentence about it")
    from_: From | None = Field(
        default=None,
        alias="from",
        description="Condition on stories; or just names of tags and categories, or `all`",
    )
    keep: Condition | None = key("Condition on stories that must hold besides")
    drop: Condition | None = key("Condition on stories to leave out of this output")
    slug: Slug | None = key("Its name in addresses; without it made from the key")
    private: bool | None = key(
        "Not listed, may show feeds that are not public, and is read by who has its token: docs/serving.md",
        False,
    )
    token: AccessToken | None = Field(
        default=None,
        description="What opens it if it is private, best as ${VARIABLE}; without it one is made, "
        "`feedhub rotate --show` tells it",
        repr=False,
    )
    token_file: str | None = key("File that holds the token, relative to this file")
    auth: Login | None = key("User name and password that open it, instead of a token")
    steps: Many[Step] | None = key("What is done to its items when it is built, in order: docs/steps.md")
    digest: DigestTime | None = key(
        "One item for all of a period instead of each: `daily at 07:00`, `weekly on monday at 07:00`, in "
        "`hub.timezone`"
    )
    archive: bool | None = key(
        "Keep all that it has ever had on pages that its feeds lead to (RFC 5005), for those who come late",
        False,
    )
    dropped: bool | None = key(
        "Publish what it leaves out too, each item with the reason, beside it as NAME.dropped", False
    )
    enabled: bool | None = key("Publish at all", True)
