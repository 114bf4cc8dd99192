package query_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestRowsOfAListing: what a scan finds in memory, many states at a time, gives the rows that the scan
// before it gave, which read them one by one.
func TestRowsOfAListing(t *testing.T) {
	const entities = 1300
	s := startNode(t).session(t, nil)
	simple(t, s, fmt.Sprintf(`INSERT INTO events (entity, kind, data, occurred_at) SELECT 'e' || lpad(i::text, 5, '0'), CASE WHEN i %% 11 = 0 THEN 'Other' ELSE 'Set' END,
	jsonb_build_object('n', i, 'x', CASE WHEN i %% 3 > 0 THEN i * 0.01 END, 'tag', 'tag ' || i %% 4, 'tags', jsonb_build_array(i)), '2026-01-01' FROM generate_series(1, %d) AS i`, entities))
	simple(t, s, `INSERT INTO events (entity, kind) SELECT 'e' || lpad(i::text, 5, '0'), 'Gone' FROM generate_series(1, 1300, 17) AS i`)
	const definition = `CREATE OR REPLACE PROJECTION p (n int, x numeric, tag text, tags jsonb, at timestamptz, long numeric)
		WHEN 'Set' THEN UPDATE SET n = (data->>'n')::int, x = (data->>'x')::numeric, tag = data->>'tag', tags = data->'tags', at = occurred_at,
			long = 1e30 + (data->>'n')::numeric WHEN 'Gone' THEN DELETE`
	for _, sql := range []string{
		"SELECT * FROM p",
		"SELECT long, entity, x FROM p",
		"SELECT entity, _generation, _watermark, _hlc, _age_ms, _node, _freshness, n FROM p",
		"SELECT count(*) FROM p",
		"SELECT tag, count(*), sum(x), max(at), min(tags::text) FROM p GROUP BY tag ORDER BY tag",
		"SELECT n FROM p WHERE tag = 'tag 3' AND x IS NULL",
		"SELECT n FROM p WHERE n % 100 = 7",
		"SELECT n FROM p WHERE entity > 'e00700' LIMIT 3",
		"SELECT n FROM p LIMIT 1",
		"SELECT n, 1 / (n - 900) FROM p LIMIT 700",
		"SELECT n FROM p WHERE 1 / (n - 900) = 0 LIMIT 768",
		"SELECT n FROM p WHERE 1 / (n - 900) = 0",
		"SELECT count(*) FROM p a JOIN p b ON a.n = b.n + 1",
	} {
		var answers []string
		for _, set := range []string{definition, "SELECT count(*) FROM p", "INSERT INTO events (entity, kind) VALUES ('e00700', 'Nothing')"} {
			simple(t, s, set)
			out := &recorder{}
			text := ""
			if err := s.Simple(t.Context(), sql, out); err != nil {
				text = err.Error()
			}
			answers = append(answers, out.String()+text)
		}
		if answers[1] != answers[0] || strings.Count(answers[0], "\n") < 2 {
			t.Errorf("%s\n%s\nfrom the listing\n%s", sql, answers[0], answers[1])
		}
		if sql != "SELECT * FROM p" && !strings.Contains(sql, "_generation") && answers[2] != answers[0] {
			t.Errorf("%s\n%s\nafter an append\n%s", sql, answers[0], answers[2])
		}
	}
}
