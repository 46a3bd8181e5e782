"""Products and their categories."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.lib import display
from sales.errors import Stale
from sales.forms.products import CategoryForm, ProductForm, initial_of
from sales.models import Product
from sales.queries import products
from sales.queries.products import Filters
from sales.services import products as services
from users.queries import changes
from users.requests import UserRequest
from users.roles import Permission

_COLUMNS = {"category_id": "category", "parent_id": "parent"}


def product_list(request: UserRequest) -> HttpResponse:
    """The products with search, category and whether they are on sale."""
    chosen = Filters.parse(request.GET)
    page = products.page(chosen, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    count = products.capped_count(chosen)
    context = {
        "chosen": chosen,
        "page": page,
        "categories": products.category_choices(),
        "pager": {
            "first": display.number(page.position + 1) if page.rows else "",
            "last": display.number(page.position + len(page.rows)),
            "total": display.capped(count, products.COUNT_CAP),
            "previous": _address(chosen, before=page.previous) if page.previous else "",
            "next": _address(chosen, after=page.next) if page.next else "",
        },
        "may_edit": request.user.may(Permission.PRODUCT_EDIT),
        "is_filtered": chosen != Filters(),
    }
    return render(request, "sales/product_list.html", context)


def product_detail(request: UserRequest, product_id: int) -> HttpResponse:
    """What is known of a product."""
    product = get_object_or_404(Product.objects.select_related("category"), pk=product_id)
    context = {
        "product": product,
        "may_edit": request.user.may(Permission.PRODUCT_EDIT),
        "entries": changes.changes_of(request.user, product),
    }
    return render(request, "sales/product_detail.html", context)


def product_create(request: UserRequest) -> HttpResponse:
    """A new product."""
    form = ProductForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            product = services.create_product(new=form.as_input(), by=request.user)
        except ValidationError as error:
            _show(form, error)
        else:
            messages.success(request, _("%(product)s is saved.") % {"product": product.name})
            return redirect("sales:product_detail", product.pk)
    return render(request, "sales/product_form.html", {"form": form}, status=422 if form.errors else 200)


def product_edit(request: UserRequest, product_id: int) -> HttpResponse:
    """Change a product; who comes second sees what the other changed before saving again."""
    product = get_object_or_404(Product, pk=product_id)
    form = ProductForm(request.POST or None, initial=initial_of(product))
    context: dict[str, Any] = {"product": product}
    status = 200
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            services.update_product(product_id=product_id, version=version, new=form.as_input(), by=request.user)
        except Stale as stale:
            data = request.POST.copy()
            data["version"] = str(stale.version)
            form = ProductForm(data, initial=initial_of(product))
            context["theirs"] = changes.changes_of(request.user, product, limit=1)
            context["last"] = changes.last_change_of(product)
            status = 409
        except ValidationError as error:
            _show(form, error)
        else:
            messages.success(request, _("%(product)s is saved.") % {"product": form.cleaned_data["name"]})
            return redirect("sales:product_detail", product_id)
    if form.errors:
        status = 422
    return render(request, "sales/product_form.html", context | {"form": form}, status=status)


def category_create(request: UserRequest) -> HttpResponse:
    """A new category."""
    form = CategoryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            services.create_category(
                code=values["code"], name=values["name"], parent_id=values["parent"], by=request.user
            )
        except ValidationError as error:
            _show(form, error)
        else:
            messages.success(request, _("Category %(name)s is saved.") % {"name": values["name"]})
            return redirect("sales:product_list")
    return render(request, "sales/category_form.html", {"form": form}, status=422 if form.errors else 200)


def _show(form: ProductForm | CategoryForm, error: ValidationError) -> None:
    for column, texts in error.message_dict.items():
        name = _COLUMNS.get(column, column)
        form.add_error(name if name in form.fields else None, texts)


def _address(chosen: Filters, **extra: str) -> str:
    asked = {"q": chosen.q, "category": str(chosen.category or ""), "sale": chosen.sale}
    query = urlencode({name: value for name, value in asked.items() if value} | extra)
    return f"{reverse('sales:product_list')}?{query}"
