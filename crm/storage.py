"""Static files under names that carry their hash, the modules that our scripts import included."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

# Django's own switch for this rewrites every script found, also ones in packages whose imports lead nowhere.
PATTERNS = (
    *ManifestStaticFilesStorage.patterns,
    (
        "js/*.js",
        (
            (
                r"(?P<matched>import\s*\{(?P<names>[^}]*)\}\s*from\s*'(?P<url>\./[\w.-]+)';)",
                "import {%(names)s} from '%(url)s';",
            ),
        ),
    ),
)


class StaticFiles(ManifestStaticFilesStorage):
    """Hashed names: for a person's own machine, where compressing would only cost time."""

    patterns = PATTERNS


class CompressedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed names and compressed copies: for production."""

    patterns = PATTERNS
