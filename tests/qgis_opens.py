"""Open a GeoPackage in QGIS as a planner would, say what each layer is drawn with as JSON, and draw it to a picture.

Run by the Python of the system, which has PyQGIS: `python3 qgis_opens.py plan.gpkg picture.png`.
"""

from __future__ import annotations

import json
import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from osgeo import ogr
from qgis.core import QgsApplication, QgsMapRendererParallelJob, QgsMapSettings, QgsVectorLayer
from qgis.PyQt.QtCore import QSize

path, picture = sys.argv[1:]
app = QgsApplication([], False)  # noqa: FBT003 - as Qt has it: no window
app.initQgis()
found, layers = {}, {}
for at in range((base := ogr.Open(path)).GetLayerCount()):
    name = base.GetLayer(at).GetName()
    layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
    about = {"valid": layer.isValid(), "spatial": layer.isSpatial()}
    if layer.isSpatial():
        about["loaded"] = layer.loadDefaultStyle()[1]
        renderer = layer.renderer()
        about["renderer"] = renderer.type()
        if renderer.type() == "categorizedSymbol":
            about["classes"] = [one.label() for one in renderer.categories()]
        if layer.labelsEnabled():
            labels = layer.labeling().settings()
            about["labels"] = [labels.minimumScale, labels.maximumScale]
        layers[name] = layer
    found[name] = about
settings = QgsMapSettings()
settings.setLayers([layers[name] for name in ("sites", "settlements", "roads", "water_lines", "waters", "region")])
settings.setOutputSize(QSize(600, 450))
settings.setDestinationCrs(layers["region"].crs())
settings.setExtent(layers["region"].extent())
job = QgsMapRendererParallelJob(settings)
job.start()
job.waitForFinished()
image = job.renderedImage()
image.save(picture)
colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
print(json.dumps({"layers": found, "errors": [one.message for one in job.errors()], "colours": sorted(colours)}))  # noqa: T201 - read by the test
