from django.urls import path

from semai_kit.tests.garden import slow, views
from semai_kit.tests.garden.api import api
from semai_kit.urls import app_urls

urlpatterns = [
    *app_urls(api),
    path("", views.home, name="home"),
    path("rusak/", views.broken),
    path("pelan/", slow.slow),
    path("besar/", slow.large),
    path("petak/", views.PlotList.as_view(), name="plots"),
    path("petak/baru/", views.NewPlot.as_view(), name="new-plot"),
    path("petak/impor/", views.ImportPlots.as_view(), name="import-plots"),
    path("panen/cetak/", views.HarvestDocument.as_view()),
    path("petak/<int:pk>", views.PlotDetail.as_view(), name="plot"),
    path("petak/<int:pk>/status/", views.MovePlot.as_view(), name="move-plot"),
]
