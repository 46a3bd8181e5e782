"""The rollup's statements. What counts is written once; the incremental and the full form share it."""

DAYS = "sales_customerday"
MONTHS = "sales_customercategorymonth"

_COUNTS = "o.state = ANY(%(counting)s) AND o.base_minor IS NOT NULL"

# Orders first, then days: an order counts once, however many lines it has. `minor_sum` is ours: a sum of bigints
# that stays one.
_DAY_COLUMNS = """
    customer_id, day,
    (count(*) FILTER (WHERE kind = 'order'))::integer AS orders,
    coalesce(sum(lines) FILTER (WHERE kind = 'order'), 0)::integer AS lines,
    coalesce(minor_sum(net) FILTER (WHERE kind = 'order'), 0) AS revenue_minor,
    coalesce(minor_sum(net) FILTER (WHERE kind <> 'order'), 0) AS returns_minor,
    minor_sum(cost) AS cost_minor,
    sum(uncosted)::integer AS uncosted_lines,
    minor_sum(uncosted_net) AS uncosted_minor
"""
_ORDER_COLUMNS = """
    count(*)::integer AS lines,
    coalesce(minor_sum(l.base_minor), 0) AS net,
    coalesce(minor_sum(l.cost_minor), 0) AS cost,
    (count(*) FILTER (WHERE l.cost_minor IS NULL))::integer AS uncosted,
    coalesce(minor_sum(l.base_minor) FILTER (WHERE l.cost_minor IS NULL), 0) AS uncosted_net
"""
_MONTH_COLUMNS = "minor_sum(l.base_minor) AS net_minor"

ALL_DAYS = f"""
    SELECT {_DAY_COLUMNS}
    FROM (SELECT l.order_id, {_ORDER_COLUMNS} FROM sales_orderline AS l GROUP BY l.order_id) AS amounts
    JOIN (
        SELECT o.id, o.customer_id, o.ordered_on AS day, o.kind FROM sales_order AS o WHERE {_COUNTS}
    ) AS orders ON orders.id = amounts.order_id
    GROUP BY customer_id, day
"""  # noqa: S608 - our own constants

ALL_MONTHS = f"""
    SELECT o.customer_id, coalesce(p.category_id, 0)::bigint AS category_id,
        date_trunc('month', o.ordered_on::timestamp)::date AS month, {_MONTH_COLUMNS}
    FROM sales_order AS o
    JOIN sales_orderline AS l ON l.order_id = o.id
    LEFT JOIN sales_product AS p ON p.id = l.product_id
    WHERE {_COUNTS}
    GROUP BY 1, 2, 3
"""  # noqa: S608

_STALE = """
    stale AS MATERIALIZED (
        SELECT * FROM unnest(%(customers)s::bigint[], %(first)s::date[], %(last)s::date[])
            AS stale (customer_id, first, last)
    )
"""

STALE_DAYS = f"""
    WITH {_STALE},
    orders AS (
        SELECT o.id, o.customer_id, o.ordered_on AS day, o.kind, {_ORDER_COLUMNS}
        FROM stale
        JOIN sales_order AS o ON o.customer_id = stale.customer_id AND o.ordered_on = stale.first
        JOIN sales_orderline AS l ON l.order_id = o.id
        WHERE {_COUNTS}
        GROUP BY o.id
    ),
    fresh AS MATERIALIZED (SELECT {_DAY_COLUMNS} FROM orders GROUP BY customer_id, day),
    gone AS (
        DELETE FROM {DAYS} AS old USING stale
        WHERE old.customer_id = stale.customer_id AND old.day = stale.first
            AND NOT EXISTS (
                SELECT FROM fresh WHERE fresh.customer_id = old.customer_id AND fresh.day = old.day
            )
        RETURNING 1
    ),
    put AS (
        INSERT INTO {DAYS} AS old
            (customer_id, day, orders, lines, revenue_minor, returns_minor, cost_minor, uncosted_lines, uncosted_minor)
        SELECT * FROM fresh
        ON CONFLICT (customer_id, day) DO UPDATE SET
            orders = excluded.orders, lines = excluded.lines, revenue_minor = excluded.revenue_minor,
            returns_minor = excluded.returns_minor, cost_minor = excluded.cost_minor,
            uncosted_lines = excluded.uncosted_lines, uncosted_minor = excluded.uncosted_minor
        WHERE (old.orders, old.lines, old.revenue_minor, old.returns_minor, old.cost_minor,
               old.uncosted_lines, old.uncosted_minor)
            IS DISTINCT FROM
              (excluded.orders, excluded.lines, excluded.revenue_minor, excluded.returns_minor, excluded.cost_minor,
               excluded.uncosted_lines, excluded.uncosted_minor)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put)
"""  # noqa: S608

STALE_MONTHS = f"""
    WITH {_STALE},
    fresh AS MATERIALIZED (
        SELECT o.customer_id, coalesce(p.category_id, 0)::bigint AS category_id, stale.first AS month, {_MONTH_COLUMNS}
        FROM stale
        JOIN sales_order AS o
            ON o.customer_id = stale.customer_id AND o.ordered_on BETWEEN stale.first AND stale.last
        JOIN sales_orderline AS l ON l.order_id = o.id
        LEFT JOIN sales_product AS p ON p.id = l.product_id
        WHERE {_COUNTS}
        GROUP BY 1, 2, 3
    ),
    gone AS (
        DELETE FROM {MONTHS} AS old USING stale
        WHERE old.customer_id = stale.customer_id AND old.month = stale.first
            AND NOT EXISTS (
                SELECT FROM fresh
                WHERE fresh.customer_id = old.customer_id AND fresh.category_id = old.category_id
                    AND fresh.month = old.month
            )
        RETURNING 1
    ),
    put AS (
        INSERT INTO {MONTHS} AS old (customer_id, category_id, month, net_minor)
        SELECT * FROM fresh
        ON CONFLICT (customer_id, category_id, month) DO UPDATE SET
            net_minor = excluded.net_minor
        WHERE old.net_minor IS DISTINCT FROM excluded.net_minor
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put)
"""  # noqa: S608
