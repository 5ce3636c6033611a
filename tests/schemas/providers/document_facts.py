"""What the vendors document of their calls and inputs, written out for the tests a second time."""

from __future__ import annotations

from typing import Any

Json = Any

# operationId: method, path with the base path, documented success statuses, documented errors
CALLS: dict[str, dict[str, tuple[str, str, set[int], set[int]]]] = {
    "tuen": {
        "generateImage": ("post", "/api/services/image_gen", {200}, {401, 402, 429, 500}),
        "textToSpeech": ("post", "/api/services/tts", {200}, {401, 402, 429, 500}),
        "transcribeAudio": ("post", "/api/services/transcribe", {200}, {401, 402, 429, 500}),
    },
    "mayanio": {
        "generateImages": ("post", "/api/v1/images", {200}, set()),
        "generateVideo": ("post", "/api/v1/videos", {200}, set()),
        "generate3DModel": ("post", "/api/v1/3d", {200}, set()),
        "listProjects": ("get", "/api/v1/projects", {200}, set()),
    },
    "tuneforge": {
        "generateMusic": ("post", "/api/v1/music/generate", {200, 201}, {400, 401, 402, 429, 500}),
        "getMusicStatus": ("get", "/api/v1/music/status/{request_id}", {200}, {401, 404, 429, 500}),
        "downloadAudio": ("get", "/api/v1/music/audio/{file}", {200}, {400, 401, 404, 429, 500}),
        "getAccount": ("get", "/api/v1/account/me", {200}, {401, 429, 500}),
    },
    "tengrai": {
        "getServiceMetadata": ("get", "/", {200}, set()),
        "listArtworks": ("get", "/v2/artworks", {200}, {400, 401, 403, 429, 500}),
        "getArtwork": ("get", "/v2/artworks/{id}", {200}, {400, 401, 403, 404, 429, 500}),
        "createTextcraftResponse": ("post", "/v2/textcraft", {201}, {400, 401, 403, 429, 500, 504}),
        "createOrganizationApiKey": (
            "post", "/v2/organizations/{orgId}/api-keys", {201}, {400, 401, 403, 404, 429, 500}),
        "revokeOrganizationApiKey": (
            "delete", "/v2/organizations/{orgId}/api-keys/{keyId}", {200}, {401, 403, 404, 429, 500}),
        "rotateOrganizationWebhookSecret": (
            "post", "/v2/organizations/{orgId}/webhook-secret", {200}, {401, 403, 404, 429, 500}),
    },
}  # fmt: skip
CALLS["aiops"] = CALLS["tuen"]
ARTWORKS = {
    "createSelenaArtwork": "artworks/selena",
    "createSelenaVarieteArtwork": "artworks/selena-variete",
    "createQuantumArtwork": "artworks/quantum",
    "createHamiltonArtwork": "artworks/hamilton",
    "createPhotoPilotArtwork": "artworks/photo-pilot",
    "createFaceRefinerArtwork": "artworks/face-refiner",
    "createFaceSwapArtwork": "artworks/face-swap",
    "createUpscalingArtwork": "artworks/upscaling",
    "createDetailerUpscalerArtwork": "artworks/detailer-upscaler",
    "removeBackground": "artworks/remove-background",
    "createSegmentationArtwork": "artworks/segmentation",
    "createDepthMapArtwork": "artworks/depth-map",
    "generateStyleDnaAnchor": "style-dna/generate-anchor",
    "generateStyleDnaImage": "style-dna/generate",
    "editStyleDnaImage": "style-dna/edit",
}
for _name, _path in ARTWORKS.items():
    CALLS["tengrai"][_name] = ("post", f"/v2/{_path}", {202}, {400, 401, 403, 429, 500})

NO_PATH = {("mayanio", "generateVideo"), ("mayanio", "generate3DModel"), ("tengrai", "createSelenaArtwork"),
           ("tengrai", "createPhotoPilotArtwork"), ("tengrai", "createTextcraftResponse")}  # fmt: skip

COSTS = {
    "tuen": {"generateImage": 1, "textToSpeech": 1, "transcribeAudio": 1},
    "aiops": {"generateImage": 5, "textToSpeech": 2, "transcribeAudio": 3},
    "mayanio": {},
    "tuneforge": {"generateMusic": 5},
    "tengrai": {},
}
PREFIXES = {"tuen": "tuen_sk_", "aiops": "aiops_sk_", "mayanio": None, "tuneforge": "tf_", "tengrai": None}
PLANS = {
    "mayanio": {"Free": (100, 3600), "Pro": (500, 3600), "Enterprise": (1000, 3600)},
    "tuneforge": {"Free": (60, 60), "Pro": (300, 60), "Premier": (1000, 60)},
}

RATIOS = ["1:1", "16:9", "9:16", "4:3", "3:4"]
FLUX = ["black-forest-labs/FLUX.1-schnell", "black-forest-labs/FLUX.1-dev", "fal-ai/flux-pro"]
LISTENERS = [
    "distil-whisper/distil-large-v3",
    "openai/whisper-large-v3",
    "meta-llama/seamless-m4t-v2-large",
]
QUANTUM_RATIOS = ["1:1", "9:16", "2:3", "3:4", "16:9", "3:2", "4:3"]
SELENA_RATIOS = ["1:1", "7:9", "2:3", "4:7", "9:16", "9:21", "9:7", "3:2", "7:4", "16:9", "21:9"]
SELENA_MODELS = ["tengrai-20231128-m-d.safetensors", "tengrai-20240423-m-f.safetensors"]
SELENA_STYLES = """default portraiture landscape photographer analog car food horror stained-glass impasto
    abstract-ink illustration aquarelle water-cute sphericute fairytale machinart isometric logo abstractpen
    lineart manga infiny-weave infiny-pattern infiny-flow""".split()
HAMILTON_STYLES = """default stained-glass line-drawing simple-sketch hand-sketch coloring-book plasticine
    photographer analog abstract-flat surreal manga""".split()
MODES = ["sketch-to-image", "reimagine", "3d", "ai-rchitect", "human-pose", "retake"]
FIVE = {"minimum": 1, "maximum": 5, "default": 3}
SEED = {"minimum": 1, "maximum": 2147483647}
SIDE = {"minimum": 512, "maximum": 2048, "default": None}

TWINS: dict[str, dict[str, Json]] = {
    "generateImage": {
        "prompt": {"required": True, "maxLength": None},
        "aspect_ratio": {"enum": RATIOS, "default": "1:1"},
        "style": {"enum": ["none", "anime"], "default": "none"},
        "model": {"enum": FLUX, "default": None},
    },
    "textToSpeech": {
        "text": {"required": True, "maxLength": 500},
        "voice": {"default": "en-Carter_man",
                  "enum": ["en-Carter_man", "en-Emily_woman", "en-James_man", "en-Sarah_woman"]},
        "model": {"enum": ["vibevoice", "parler-tts/parler-tts-mini-v1"], "default": "vibevoice"},
    },
    "transcribeAudio": {
        "audio_url": {"required": True, "format": "uri"},
        "language": {"enum": ["en", "es", "fr", "de", "it", "ja", "zh"], "default": "en"},
        "model": {"enum": LISTENERS, "default": None},
    },
}  # fmt: skip
# Every documented input; None says that the vendor documents none.
FIELDS: dict[str, dict[str, dict[str, Json]]] = {
    "tuen": TWINS,
    "aiops": TWINS,
    "mayanio": {
        "generateImages": {
            "prompt": {"required": True},
            "aspect_ratio": {"enum": None, "default": "1:1", "choices": {"1:1", "16:9", "4:3"}},
            "output_format": {"enum": ["png", "jpeg", "webp"], "default": "png"},
            "num_images": {"type": "integer", "default": 1, "minimum": 1, "maximum": 4},
            "model": {"enum": None, "default": "nano-banana"},
        },
        "generateVideo": {
            "prompt": {"required": True},
            "model": {"enum": ["vidu-q2", "ltx-2"], "default": "vidu-q2"},
            "duration": {"type": "integer", "default": 4, "maximum": None},
            "resolution": {"enum": ["360p", "520p", "720p", "1080p"], "default": "720p"},
            "aspect_ratio": {"enum": None, "default": "16:9"},
        },
        "generate3DModel": {
            "image_url": {"format": "uri"},
            "image_base64": {"type": "string"},
            "texture_quality": {"enum": ["no", "standard"], "default": "standard"},
            "texture_alignment": {"enum": None, "default": "original_image"},
            "orientation": {"enum": None, "default": "default"},
        },
        "listProjects": {
            "type": {"enum": ["all", "images", "videos", "3d"], "default": "all"},
            "page": {"default": 1, "minimum": 1},
            "limit": {"default": 20, "maximum": 100},
            "sort": {"enum": None, "default": "createdAt"},
            "order": {"enum": ["asc", "desc"], "default": "desc"},
        },
    },
    "tuneforge": {
        "generateMusic": {
            "prompt": {"required": True, "minLength": 1, "maxLength": 2000},
            "genre": {"enum": None, "default": None},
            "mood": {"enum": None, "default": None},
            "duration_seconds": {"type": "number", "default": 15, "minimum": 1, "maximum": 60},
        },
        "getMusicStatus": {"request_id": {"required": True}},
        "downloadAudio": {"file": {"required": True}},
    },
    "tengrai": {
        "listArtworks": {"offset": {"default": 0}, "limit": {"default": 10, "minimum": 1, "maximum": 500}},
        "createSelenaArtwork": {
            "model": {"enum": SELENA_MODELS, "default": None},
            "batch": {"default": 2, "minimum": 1, "maximum": 2},
            "promptMode": {"enum": ["seer", "servitor"], "default": "servitor"},
            "prompt": {"default": "cat"}, "negativePrompt": {},
            "style": {"enum": SELENA_STYLES, "default": "default"},
            "creativity": FIVE, "details": FIVE,
            "aspectRatio": {"enum": SELENA_RATIOS}, "width": SIDE, "height": SIDE,
            "nsfw": {"default": False}, "webhook": {"format": "uri"}, "seed": SEED,
            "outputFormat": {"enum": ["auto", "png", "webp"], "default": "auto"},
        },
        "createSelenaVarieteArtwork": {
            "imageUrl": {"required": True}, "processingMode": {"enum": MODES}, "denoising": FIVE,
            "batch": {"default": 2, "minimum": 1, "maximum": 2}, "aspectRatio": {"enum": SELENA_RATIOS},
        },
        "createQuantumArtwork": {
            "style": {"enum": [*SELENA_STYLES, "tengrai-anime", "folktale"], "default": None},
            "aspectRatio": {"enum": QUANTUM_RATIOS},
            "width": {"minimum": 512, "maximum": 1360}, "height": {"minimum": 512, "maximum": 1360},
            "transparentBackground": {"type": "boolean"}, "seed": SEED,
        },
        "createHamiltonArtwork": {
            "style": {"enum": HAMILTON_STYLES, "default": None}, "creativity": FIVE, "effort": FIVE,
            "width": SIDE, "height": SIDE, "highResolution": {"type": "boolean"},
        },
        "createPhotoPilotArtwork": {
            "imageUrl": {"required": True}, "imageGuidance": {"required": True, "enum": [1, 2, 3]},
            "modification": {"required": True, "minimum": 1, "maximum": 5},
            "creativity": {"required": True, "minimum": 1, "maximum": 5},
            "effort": {"required": True, "minimum": 1, "maximum": 5},
        },
        "createFaceRefinerArtwork": {"imageUrl": {"required": True}, "denoising": FIVE, "seed": SEED},
        "createFaceSwapArtwork": {
            "sourceImage": {"required": True}, "targetImage": {"required": True}, "denoising": FIVE,
        },
        "createUpscalingArtwork": {
            "imageUrl": {"required": True}, "scaleFactor": {"default": 2, "minimum": 2, "maximum": 8},
        },
        "createDetailerUpscalerArtwork": {
            "imageUrl": {"required": True}, "scaleFactor": {"default": 2, "enum": [1, 2, 4, 8]},
            "details": {"default": 2, "minimum": 1, "maximum": 3},
            "modification": {"default": 2, "minimum": 1, "maximum": 3},
        },
        "removeBackground": {
            "imageUrl": {"required": True},
            "outputFormat": {"enum": ["auto", "png", "webp"], "default": "auto"},
            "imageFormat": {"enum": ["png", "webp"], "deprecated": True},
        },
        "createSegmentationArtwork": {
            "imageUrl": {"required": True}, "method": {"required": True, "enum": ["text", "points"]},
            "maskExpand": {"default": 0, "minimum": -16384, "maximum": 16384},
            "maskBlurSigma": {"default": 0.1, "minimum": 0.1, "maximum": 100},
            "maskKernelSize": {"default": 0, "maximum": 100},
        },
        "createDepthMapArtwork": {
            "resolutionLowerLimit": {"default": 1024, "minimum": 256, "maximum": 2048, "multipleOf": 64},
            "normalizationMode": {"default": "Standard", "enum": ["Standard", "V2-Style", "Raw"]},
            "model": {"default": "large"},
        },
        "generateStyleDnaImage": {
            "visualPrompt": {"required": True}, "anchorImageUrl": {"required": True},
            "description": {"required": True}, "imageFormat": {"enum": ["png", "webp"], "default": "png"},
        },
        "editStyleDnaImage": {"imageUrl": {"required": True}, "imageGuidance": {"required": True}},
        "createTextcraftResponse": {"prompt": {"required": True}, "model": {"required": True}},
        "createOrganizationApiKey": {
            "label": {"required": True, "minLength": 1, "maxLength": 100},
            "scope": {"required": True}, "domains": {"required": True, "minItems": 1},
            "credits": {"default": 0},
        },
    },
}  # fmt: skip
