"""Keys and tokens without a name: each is found by its form, and shown nowhere."""

from __future__ import annotations

import pytest

from checks.test_planted_secrets import HEX, LONG, assert_found_and_shown_nowhere, env

# Each in a variable whose name says nothing.
TOKENS = {
    "Atlassian": f"ATATT3xFfGF0{LONG}",
    "Terraform": f"{LONG[:14]}.atlasv1.{LONG[:67]}",
    "Postman": f"PMAK-{HEX[:24]}-{HEX[:34]}",
    "Mailgun": f"key-{HEX[:32]}",
    "PlanetScale": f"pscale_pw_{LONG[:43]}",
    "Supabase": f"sbp_{HEX[:40]}",
    "Fly.io": f"FlyV1 fm2_{LONG}",
    "RubyGems": f"rubygems_{HEX[:48]}",
    "Figma": f"figd_{LONG[:40]}",
    "Notion": f"ntn_{LONG[:46]}",
    "Notion, of old": f"secret_{LONG[:43]}",
    "SonarQube": f"sqp_{HEX[:40]}",
    "Square": f"sq0csp-{LONG[:43]}",
    "Pulumi": f"pul-{HEX[:40]}",
    "Airtable": f"pat{LONG[:14]}.{HEX}",
    "Netlify": f"nfp_{LONG[:36]}",
    "CircleCI": f"CCIPAT_{LONG[:22]}_{HEX[:40]}",
    "Buildkite": f"bkua_{HEX[:40]}",
    "webhooks": f"whsec_{LONG[:32]}",
    "Groq": f"gsk_{LONG[:52]}",
    "Replicate": f"r8_{LONG[:37]}",
    "NVIDIA": f"nvapi-{LONG[:64]}",
    "OpenRouter": f"sk-or-v1-{HEX}",
    "1Password": f"ops_eyJ{LONG}",
    "Grafana Cloud": f"glc_eyJ{LONG}",
    "Brevo": f"xkeysib-{HEX}-{LONG[:16]}",
    "Shopify": f"shpss_{HEX[:32]}",
    "xAI": f"xai-{LONG}",
    "Perplexity": f"pplx-{LONG[:48]}",
    "Clojars": f"CLOJARS_{HEX[:60]}",
    "Typeform": f"tfp_{LONG[:59]}",
    "ReadMe": f"rdme_{LONG[:70]}",
    "Sourcegraph": f"sgp_{HEX[:40]}",
    "Artifactory": f"AKCp8{LONG[:64]}",
    "Facebook": f"EAACEdEose0cBA{LONG[:40]}",
    "Google, to refresh": f"1//0{LONG[:40]}",
    "Telegram in a URL": f"https://api.telegram.org/bot123456789:{LONG[:35]}/getMe",
    "DigitalOcean, of OAuth": f"doo_v1_{HEX}",
    "Hugging Face with digits": f"hf_{LONG[:34]}",
}


@pytest.mark.holds_off("secret")
@pytest.mark.parametrize("service", TOKENS)
def test_a_token_is_found_by_its_form(service: str) -> None:
    assert_found_and_shown_nowhere(*env("SETTING", TOKENS[service]))
