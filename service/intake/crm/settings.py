"""How a source reaches its CRM: an address, a token or a client of its own, further fields to ask for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

FieldName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.]{0,79}$")]


class CrmSettings(BaseModel):
    """Where records that events only name are got.

    HubSpot takes the token of a private app. Salesforce takes an access token, or the id and secret of an
    external client app with the client credentials flow, which is better: its tokens are renewed by us.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    api: Literal["hubspot", "salesforce"]
    url: Annotated[str, Field(max_length=500, examples=["https://example.my.salesforce.com"])] = ""
    token: SecretStr | None = None
    client_id: Annotated[str, Field(max_length=500)] | None = None
    client_secret: SecretStr | None = None
    fields: Annotated[list[FieldName], Field(max_length=100)] = Field(
        default_factory=list, description="Fields beyond the usual ones, for mappings of your own."
    )

    @model_validator(mode="after")
    def _reaches(self) -> CrmSettings:
        if self.api == "salesforce" and not self.url:
            raise ValueError(
                "Salesforce needs the url of your domain, e.g. https://example.my.salesforce.com"
            )
        by_client = self.client_id is not None and self.client_secret is not None
        if self.token is None and not (by_client and self.api == "salesforce"):
            raise ValueError("needs a token, or for Salesforce a client_id and a client_secret")
        return self

    def stored(self) -> dict[str, Any]:
        """As it is kept, secrets in it."""
        secrets = {
            name: getattr(self, name).get_secret_value()
            for name in ("token", "client_secret")
            if getattr(self, name) is not None
        }
        return self.model_dump(mode="json", exclude_none=True) | secrets
