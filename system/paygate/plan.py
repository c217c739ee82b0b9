"""How the gateway behaves now: set when it starts, changed while it runs by whoever wants to see it fail."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

from paygate.scripts import Script


class Plan(BaseModel):
    """Everything that can go differently than well."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 1
    mix: dict[Script, int] = Field(
        {Script.SUCCESS: 1}, description="Weights of the scripts for methods that name none."
    )
    delay_seconds: float = Field(0.0, ge=0, le=60, description="Every answer waits this long.")
    slow_seconds: float = Field(0.5, ge=0, le=60, description="What the script slow waits.")
    hang_seconds: float = Field(10.0, ge=0, le=60, description="What the script timeout waits.")
    pending_seconds: float = Field(2.0, ge=0, le=3_600, description="How long a pending charge is pending.")
    down: bool = Field(False, description="Every call is answered 503 and changes nothing.")
    webhook_copies: int = Field(1, ge=0, le=50, description="How often each webhook is sent; 0 sends none.")
    webhook_spread_seconds: float = Field(
        0.0, ge=0, le=600, description="Webhooks leave at a drawn moment in this span, so out of order."
    )

    @model_validator(mode="after")
    def _has_a_script(self) -> "Plan":
        if sum(self.mix.values()) <= 0 or min(self.mix.values()) < 0:
            raise ValueError("mix needs a weight above 0 and none below")
        return self
