"""The interactive API documentation, every asset served by us so that the strict CSP holds."""

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles
from swagger_ui_bundle import swagger_ui_path

from casino.kit.http.pages import PAGE_HEADERS

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Casino-Club API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START = """window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: true,
});
"""


@router.get("/docs")
async def docs() -> HTMLResponse:
    """The page."""
    # Swagger UI sets style attributes; scripts stay as strict as everywhere.
    relaxed = PAGE_HEADERS["content-security-policy"].replace(
        "style-src 'self'", "style-src 'self' 'unsafe-inline'"
    )
    return HTMLResponse(_PAGE, headers=PAGE_HEADERS | {"content-security-policy": relaxed})


@router.get("/docs/start.js")
async def start() -> Response:
    """The one script of the page that is ours."""
    return Response(_START, media_type="text/javascript")


def serve_docs(app: FastAPI) -> None:
    """Mounts the page and its assets."""
    app.include_router(router)
    app.mount("/docs/assets", StaticFiles(directory=swagger_ui_path), name="docs-assets")
