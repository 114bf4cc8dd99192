CREATE PROJECTION file (
    lines        bigint NOT NULL DEFAULT 0,
    changes      bigint NOT NULL DEFAULT 0,
    last_author  text,
    last_changed timestamptz
)
WHEN 'FileDeleted' THEN DELETE
WHEN ANY THEN UPDATE SET
    lines        = lines + coalesce((data->>'added')::bigint, 0) - coalesce((data->>'removed')::bigint, 0),
    changes      = changes + 1,
    last_author  = data->>'author',
    last_changed = occurred_at;

CREATE PROJECTION churn (
    added   bigint NOT NULL DEFAULT 0,
    removed bigint NOT NULL DEFAULT 0,
    authors text[] NOT NULL DEFAULT '{}'
)
WHEN ANY THEN UPDATE SET
    added   = added + coalesce((data->>'added')::bigint, 0),
    removed = removed + coalesce((data->>'removed')::bigint, 0),
    authors = CASE WHEN data->>'author' = ANY (authors) THEN authors ELSE authors || (data->>'author') END;
