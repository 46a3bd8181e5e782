"""Products, categories, exchange rates."""

from dataclasses import fields
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema

from sales.api.examples import shown
from sales.api.serializers import (
    CategorySerializer,
    ProductQuery,
    ProductSerializer,
    RateChangeSerializer,
    RateSerializer,
)
from sales.models import Category, ExchangeRate, Product
from sales.services import products, rates
from sales.services.products import ProductInput
from users.api import calls
from users.api.people import ByIdQuery
from users.api.requests import ApiRequest
from users.api.serializers import chosen_fields, read_query
from users.api.views import ApiViewSet, no_parameters, not_modified, page_answer, read_fields, row_answer
from users.constants import Cause

_COLUMNS = tuple(field.name for field in fields(ProductInput))


class ProductViewSet(ApiViewSet):
    """Products."""

    @extend_schema(
        tags=["products"], summary="List products", parameters=[ProductQuery], responses=ProductSerializer(many=True)
    )
    def list(self, request: ApiRequest) -> HttpResponse:
        """Products by id or by moment of change."""
        query = read_query(ProductQuery, request.query_params)
        rows = Product.objects.matching(query["q"]) if query["q"] else Product.objects.all()
        wanted = {
            "code": query["code"],
            "category_id": query["category_id"],
            "is_active": query["is_active"],
            "updated_at__gte": query["updated_since"],
        }
        rows = rows.filter(**{name: value for name, value in wanted.items() if value not in ("", None)})
        return page_answer(rows, query, ProductSerializer)[0]

    @extend_schema(tags=["products"], summary="Read a product", responses=ProductSerializer)
    def retrieve(self, request: ApiRequest, product_id: int) -> HttpResponse:
        """One product, with its version as ETag."""
        only = chosen_fields(ProductSerializer, read_fields(request))
        row = Product.objects.get(pk=product_id)
        if calls.is_known(request, row.version):
            return not_modified(row.version)
        return row_answer(row, ProductSerializer, only=only)

    @extend_schema(
        tags=["products"],
        summary="Create a product",
        request=ProductSerializer,
        responses={201: ProductSerializer},
        examples=shown("product_create"),
    )
    @calls.writing
    def create(self, request: ApiRequest) -> HttpResponse:
        """A new product."""
        no_parameters(request)
        said = self.body(request, ProductSerializer)
        _check_category(said.get("category_id"), "category_id")
        row = products.create_product(new=ProductInput(**said), by=request.user, cause=Cause.API)
        return row_answer(row, ProductSerializer, status=201, location=reverse("api:product", args=[row.pk]))

    @extend_schema(
        tags=["products"], summary="Replace a product", request=ProductSerializer, responses=ProductSerializer
    )
    @calls.writing
    def update(self, request: ApiRequest, product_id: int) -> HttpResponse:
        """All fields; what isn't said becomes empty."""
        return self._change(request, product_id, partial=False)

    @extend_schema(
        tags=["products"], summary="Change a product", request=ProductSerializer, responses=ProductSerializer
    )
    @calls.writing
    def partial_update(self, request: ApiRequest, product_id: int) -> HttpResponse:
        """Only the fields that are said."""
        return self._change(request, product_id, partial=True)

    def _change(self, request: ApiRequest, product_id: int, *, partial: bool) -> HttpResponse:
        no_parameters(request)
        row = Product.objects.select_for_update(of=("self",)).get(pk=product_id)
        calls.require_version(request, row.version)
        said = self.body(request, ProductSerializer, partial=partial)
        _check_category(said.get("category_id"), "category_id")
        values = {name: getattr(row, name) for name in _COLUMNS} | said
        row = products.update_product(
            product_id=row.pk, version=row.version, new=ProductInput(**values), by=request.user, cause=Cause.API
        )
        return row_answer(row, ProductSerializer)


class CategoryViewSet(ApiViewSet):
    """Product categories."""

    @extend_schema(
        tags=["products"], summary="List categories", parameters=[ByIdQuery], responses=CategorySerializer(many=True)
    )
    def list(self, request: ApiRequest) -> HttpResponse:
        """The categories of products."""
        return page_answer(Category.objects.all(), read_query(ByIdQuery, request.query_params), CategorySerializer)[0]

    @extend_schema(
        tags=["products"],
        summary="Create a category",
        request=CategorySerializer,
        responses={201: CategorySerializer},
    )
    @calls.writing
    def create(self, request: ApiRequest) -> HttpResponse:
        """A new category."""
        no_parameters(request)
        said = self.body(request, CategorySerializer)
        _check_category(said["parent_id"], "parent_id")
        row = products.create_category(by=request.user, cause=Cause.API, **said)
        return calls.json_answer(CategorySerializer(row).data, status=201)


class RateViewSet(ApiViewSet):
    """Exchange rates."""

    @extend_schema(
        tags=["rates"], summary="List exchange rates", parameters=[ByIdQuery], responses=RateSerializer(many=True)
    )
    def list(self, request: ApiRequest) -> HttpResponse:
        """The rates of all currencies."""
        return page_answer(ExchangeRate.objects.all(), read_query(ByIdQuery, request.query_params), RateSerializer)[0]

    @extend_schema(tags=["rates"], summary="Read an exchange rate", responses=RateSerializer)
    def retrieve(self, request: ApiRequest, rate_id: int) -> HttpResponse:
        """One rate, with its version as ETag."""
        only = chosen_fields(RateSerializer, read_fields(request))
        return row_answer(ExchangeRate.objects.get(pk=rate_id), RateSerializer, only=only)

    @extend_schema(
        tags=["rates"], summary="Create an exchange rate", request=RateSerializer, responses={201: RateSerializer}
    )
    @calls.writing
    def create(self, request: ApiRequest) -> HttpResponse:
        """A rate from a day on. Orders it concerns are converted anew."""
        no_parameters(request)
        row = _saved(rates.save_rate(by=request.user, cause=Cause.API, **self.body(request, RateSerializer)))
        return row_answer(row, RateSerializer, status=201, location=reverse("api:rate", args=[row.pk]))

    @extend_schema(
        tags=["rates"], summary="Correct an exchange rate", request=RateChangeSerializer, responses=RateSerializer
    )
    @calls.writing
    def partial_update(self, request: ApiRequest, rate_id: int) -> HttpResponse:
        """The number alone. Orders it concerns are converted anew."""
        no_parameters(request)
        row = ExchangeRate.objects.select_for_update().get(pk=rate_id)
        calls.require_version(request, row.version)
        said = self.body(request, RateChangeSerializer)
        row = rates.save_rate(
            currency=row.currency,
            day=row.day,
            rate=said["rate"],
            rate_id=row.pk,
            version=row.version,
            by=request.user,
            cause=Cause.API,
        )
        return row_answer(_saved(row), RateSerializer)


def _saved(row: ExchangeRate) -> ExchangeRate:
    """The row as the database keeps it, rounded to its digits."""
    row.refresh_from_db()
    return row


def _check_category(category_id: Any, name: str) -> None:
    if category_id is not None and not Category.objects.filter(pk=category_id).exists():
        raise ValidationError({name: _("There is no such record.")})
