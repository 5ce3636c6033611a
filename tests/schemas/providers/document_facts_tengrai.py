"""The facts about Tengr.ai, written out once more: its calls, their fields, limits and defaults."""

from __future__ import annotations

from typing import Any, NamedTuple

Json = Any
Facts = dict[str, Json]


class Call(NamedTuple):
    """One line of the table below."""

    method: str
    path: str
    tag: str
    scope: str
    domain: str
    success: str
    errors: str


ERRORS = {
    "-": "",
    "usual": "400 401 403 429 500",
    "usual+404": "400 401 403 404 429 500",
    "usual+504": "400 401 403 429 500 504",
    "keyed": "401 403 404 429 500",
}
TABLE = """
getServiceMetadata get / General - - 200 -
listArtworks get /v2/artworks Artwork generator artworks 200 usual
getArtwork get /v2/artworks/{id} Artwork generator artworks 200 usual+404
createSelenaArtwork post /v2/artworks/selena Selena generator artworks 202 usual
createSelenaVarieteArtwork post /v2/artworks/selena-variete Selena generator artworks 202 usual
createFaceRefinerArtwork post /v2/artworks/face-refiner Selena generator artworks 202 usual
createFaceSwapArtwork post /v2/artworks/face-swap Selena generator artworks 202 usual
createQuantumArtwork post /v2/artworks/quantum Quantum generator artworks 202 usual
createHamiltonArtwork post /v2/artworks/hamilton Hamilton generator artworks 202 usual
createPhotoPilotArtwork post /v2/artworks/photo-pilot Photo_Pilot generator artworks 202 usual
createUpscalingArtwork post /v2/artworks/upscaling Utility generator artworks 202 usual
createDetailerUpscalerArtwork post /v2/artworks/detailer-upscaler Utility generator artworks 202 usual
removeBackground post /v2/artworks/remove-background Utility generator artworks 202 usual
createSegmentationArtwork post /v2/artworks/segmentation Utility generator artworks 202 usual
createDepthMapArtwork post /v2/artworks/depth-map Utility generator artworks 202 usual
generateStyleDnaAnchor post /v2/style-dna/generate-anchor Style_DNA generator style-dna 202 usual
generateStyleDnaImage post /v2/style-dna/generate Style_DNA generator style-dna 202 usual
editStyleDnaImage post /v2/style-dna/edit Style_DNA generator style-dna 202 usual
createTextcraftResponse post /v2/textcraft Textcraft generator textcraft 201 usual+504
createOrganizationApiKey post /v2/organizations/{orgId}/api-keys Organization admin - 201 usual+404
revokeOrganizationApiKey delete /v2/organizations/{orgId}/api-keys/{keyId} Organization admin - 200 keyed
rotateOrganizationWebhookSecret post /v2/organizations/{orgId}/webhook-secret Organization manager - 200 keyed
"""
CALLS = {row.split()[0]: Call(*row.split()[1:]) for row in TABLE.strip().splitlines()}
JOBS = [name for name, call in CALLS.items() if call.success == "202"]
INFERRED_CALLS = {"createSelenaArtwork", "createPhotoPilotArtwork", "createTextcraftResponse"}

STYLES = """
default portraiture landscape photographer analog car food horror stained-glass impasto abstract-ink
illustration aquarelle water-cute sphericute fairytale machinart isometric logo abstractpen lineart manga
infiny-weave infiny-pattern infiny-flow
"""
HAMILTON_STYLES = """
default stained-glass line-drawing simple-sketch hand-sketch coloring-book plasticine photographer analog
abstract-flat surreal manga
"""
SELENA_RATIOS = ["1:1", "7:9", "2:3", "4:7", "9:16", "9:21", "9:7", "3:2", "7:4", "16:9", "21:9"]
QUANTUM_RATIOS = ["1:1", "9:16", "2:3", "3:4", "16:9", "3:2", "4:3"]
EDIT_RATIOS = ["1:1", "2:3", "3:4", "4:3", "9:16", "3:2", "16:9"]
STATES = ["starting", "processing", "succeeded", "failed", "canceled"]
PROCESSING = ["sketch-to-image", "reimagine", "3d", "ai-rchitect", "human-pose", "retake"]
MODELS = ["tengrai-20231128-m-d.safetensors", "tengrai-20240423-m-f.safetensors"]

# A field: what its schema must say. `None` stands for: says nothing about it.
PIXELS: Facts = {"type": "integer", "minimum": 512, "maximum": 2048, "default": None}
NUMBER_PIXELS: Facts = {**PIXELS, "type": "number"}
QUANTUM_PIXELS: Facts = {**PIXELS, "maximum": 1360}
FIVE: Facts = {"type": "integer", "minimum": 1, "maximum": 5, "default": 3, "enum": None}
FIVE_REQUIRED: Facts = {**FIVE, "default": None}
PROMPT: Facts = {"type": "string", "default": "cat"}
NEGATIVE: Facts = {"type": "string", "default": None}
MODE: Facts = {"type": "string", "enum": ["seer", "servitor"], "default": "servitor"}
NSFW: Facts = {"type": "boolean", "default": False}
FLAG: Facts = {"type": "boolean", "default": None}
SEED: Facts = {"type": "integer", "minimum": 1, "maximum": 2147483647, "default": None}
WEBHOOK: Facts = {"type": "string", "format": "uri", "pattern": "^https://"}
FORMAT: Facts = {"type": "string", "enum": ["auto", "png", "webp"], "default": "auto"}
OLD_FORMAT: Facts = {"type": "string", "enum": ["png", "webp"], "default": "png"}
URL: Facts = {"type": "string", "format": "uri"}
BATCH: Facts = {"type": "integer", "minimum": 1, "maximum": 2, "default": 2}
GUIDANCE: Facts = {"type": "integer", "enum": [1, 2, 3], "default": None}
SELENA_MODEL: Facts = {"type": "string", "enum": MODELS, "default": None}
SELENA: dict[str, Facts] = {
    "model": SELENA_MODEL, "batch": BATCH, "promptMode": MODE, "prompt": PROMPT, "negativePrompt": NEGATIVE,
    "style": {"enum": STYLES.split(), "default": "default"}, "creativity": FIVE, "details": FIVE,
    "aspectRatio": {"enum": SELENA_RATIOS, "default": None}, "width": PIXELS, "height": PIXELS, "nsfw": NSFW,
    "webhook": WEBHOOK, "seed": SEED, "outputFormat": FORMAT,
}  # fmt: skip
EDIT: dict[str, Facts] = {
    "prompt": PROMPT, "imageGuidance": GUIDANCE, "modification": FIVE_REQUIRED, "creativity": FIVE_REQUIRED,
    "effort": FIVE_REQUIRED, "aspectRatio": {"enum": EDIT_RATIOS, "default": None}, "width": NUMBER_PIXELS,
    "height": NUMBER_PIXELS, "imageUrl": {"type": "string"}, "webhook": WEBHOOK,
}  # fmt: skip

# operationId: (required fields, all fields)
BODIES: dict[str, tuple[set[str], dict[str, Facts]]] = {
    "createSelenaArtwork": (set(), SELENA),
    "createSelenaVarieteArtwork": ({"imageUrl"}, {
        **SELENA, "imageUrl": URL, "denoising": FIVE,
        "processingMode": {"enum": PROCESSING, "default": None},
    }),
    "createFaceRefinerArtwork": ({"imageUrl"}, {
        "imageUrl": URL, "model": SELENA_MODEL, "denoising": FIVE, "seed": SEED, "webhook": WEBHOOK,
        "outputFormat": FORMAT,
    }),
    "createFaceSwapArtwork": ({"sourceImage", "targetImage"}, {
        "sourceImage": URL, "targetImage": URL, "denoising": FIVE, "seed": SEED, "webhook": WEBHOOK,
        "outputFormat": FORMAT,
    }),
    "createQuantumArtwork": (set(), {
        "prompt": {"type": "string", "default": None}, "negativePrompt": NEGATIVE,
        "style": {"enum": [*STYLES.split(), "tengrai-anime", "folktale"], "default": None},
        "promptMode": MODE, "aspectRatio": {"enum": QUANTUM_RATIOS}, "width": QUANTUM_PIXELS,
        "height": QUANTUM_PIXELS, "nsfw": NSFW, "transparentBackground": FLAG,
        "seed": SEED, "webhook": WEBHOOK, "outputFormat": FORMAT,
    }),
    "createHamiltonArtwork": (set(), {
        "prompt": PROMPT, "negativePrompt": NEGATIVE, "promptMode": MODE,
        "style": {"enum": HAMILTON_STYLES.split(), "default": None},
        "creativity": FIVE, "effort": FIVE, "aspectRatio": {"enum": EDIT_RATIOS}, "width": PIXELS,
        "height": PIXELS, "nsfw": NSFW, "transparentBackground": FLAG, "highResolution": FLAG,
        "webhook": WEBHOOK, "seed": SEED, "outputFormat": FORMAT,
    }),
    "createPhotoPilotArtwork": ({"imageUrl", "imageGuidance", "modification", "creativity", "effort"}, {
        **EDIT, "negativePrompt": NEGATIVE, "highResolution": FLAG, "seed": SEED, "outputFormat": FORMAT,
    }),
    "createUpscalingArtwork": ({"imageUrl"}, {
        "imageUrl": URL, "webhook": WEBHOOK,
        "scaleFactor": {"type": "integer", "minimum": 2, "maximum": 8, "default": 2, "enum": None},
    }),
    "createDetailerUpscalerArtwork": ({"imageUrl"}, {
        "imageUrl": URL, "scaleFactor": {"type": "integer", "enum": [1, 2, 4, 8], "default": 2},
        "details": {"type": "integer", "minimum": 1, "maximum": 3, "default": 2},
        "modification": {"type": "integer", "minimum": 1, "maximum": 3, "default": 2},
        "seed": SEED, "webhook": WEBHOOK, "outputFormat": FORMAT,
    }),
    "removeBackground": ({"imageUrl"}, {
        "imageUrl": URL, "imageFormat": {**OLD_FORMAT, "deprecated": True},
        "outputFormat": {**FORMAT, "deprecated": None}, "webhook": WEBHOOK,
    }),
    "createSegmentationArtwork": ({"imageUrl", "method"}, {
        "imageUrl": URL, "method": {"enum": ["text", "points"]},
        "maskExpand": {"type": "integer", "minimum": -16384, "maximum": 16384, "default": 0},
        "maskTaperedCorners": FLAG,
        "maskBlurSigma": {"type": "number", "minimum": 0.1, "maximum": 100, "default": 0.1},
        "maskKernelSize": {"type": "integer", "minimum": 0, "maximum": 100, "default": 0},
        "outputFormat": FORMAT, "webhook": WEBHOOK, "textPrompt": {"type": "string"},
        "textConfidence": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.2},
        "textMaxDetections": {"type": "integer", "minimum": -1, "maximum": 100, "default": -1},
        "textCombineMasks": {"type": "boolean", "default": True},
        "pointsPositive": {"type": "object"}, "pointsNegative": {"type": "object"},
    }),
    "createDepthMapArtwork": ({"imageUrl"}, {
        "imageUrl": URL, "invertDepth": FLAG, "usePostResize": FLAG, "useVersion3": FLAG, "webhook": WEBHOOK,
        "resolutionLowerLimit": {
            "type": "integer", "minimum": 256, "maximum": 2048, "multipleOf": 64, "default": 1024,
        },
        "model": {
            "enum": ["small", "base", "large", "giant", "mono_large", "metric_large", "nested_giant_large"],
            "default": "large",
        },
        "normalizationMode": {"enum": ["Standard", "V2-Style", "Raw"], "default": "Standard"},
        "outputFormat": FORMAT,
    }),
    "generateStyleDnaAnchor": (set(), {"webhook": WEBHOOK}),
    "generateStyleDnaImage": ({"visualPrompt", "anchorImageUrl", "description"}, {
        "visualPrompt": {"type": "string"}, "anchorImageUrl": {"type": "string"},
        "description": {"type": "string"}, "aspectRatio": {"type": "string", "enum": None, "default": None},
        "width": NUMBER_PIXELS, "height": NUMBER_PIXELS, "imageFormat": OLD_FORMAT, "webhook": WEBHOOK,
    }),
    "editStyleDnaImage": ({"imageUrl", "imageGuidance", "modification", "creativity", "effort"}, {
        **EDIT, "negativePrompt": {"type": "string", "default": ""}, "imageFormat": OLD_FORMAT,
    }),
    "createTextcraftResponse": ({"prompt", "model"}, {
        "prompt": {"type": "string", "default": None}, "model": {"type": "string", "enum": None},
        "temperature": {"type": "number"}, "maxTokens": {"type": "number", "default": None},
        "imageUrl": {"type": "string"}, "imageData": {"type": "string"}, "thinking": FLAG,
        "tools": {"type": "object"}, "reasoningConfig": {"type": "object"},
        "additionalModelRequestFields": {"type": "object"},
    }),
    "createOrganizationApiKey": ({"label", "scope", "domains"}, {
        "label": {"type": "string", "minLength": 1, "maxLength": 100},
        "scope": {"enum": ["manager", "generator"]}, "domains": {"type": "array", "minItems": 1},
        "credits": {"type": "integer", "minimum": 0, "default": 0},
    }),
}  # fmt: skip

# Fields that stand because siblings or V1 have them, not because a V2 page of that call shows them.
INFERRED_FIELDS = {
    "createSelenaArtwork": {"webhook", "seed", "outputFormat"},
    "createSelenaVarieteArtwork": {"imageUrl", "webhook", "seed", "outputFormat"},
    "createQuantumArtwork": {"outputFormat"},
    "createHamiltonArtwork": {"transparentBackground", "seed", "outputFormat"},
    "createPhotoPilotArtwork": {"imageGuidance", "seed", "outputFormat"},
    "createSegmentationArtwork": {"maskKernelSize", "textConfidence"},
    "createDepthMapArtwork": {"outputFormat"},
    "editStyleDnaImage": {"imageUrl", "imageGuidance"},
    "createOrganizationApiKey": {"credits"},
}
SIZED = [name for name, (_, known) in BODIES.items() if "width" in known]
