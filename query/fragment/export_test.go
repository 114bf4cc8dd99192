package fragment

import pg "github.com/pganalyze/pg_query_go/v6"

// Parse is what a fragment's text is parsed by.
func (t *Texts) Parse(sql string) *pg.Node { return t.parse(sql) }

// Len is how many are kept.
func (t *Texts) Len() int { return len(t.all) }

// Limits of Texts.
const (
	TextsMax     = textsMax
	TextBytesMax = textBytesMax
)
