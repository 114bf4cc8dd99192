package textsearch

import (
	"cmp"
	"slices"
	"strings"
)

// found is a lexeme of a text.
type found struct {
	word string
	at   int // from 1; words that do not count have places too
}

// Document collects the lexemes of texts.
type Document struct {
	config *Configuration
	found  []found
	at     int
	steps  steps
}

// NewDocument begins a document.
func NewDocument(c *Configuration) *Document {
	return &Document{config: c, steps: steps{check: c.Check}}
}

// Add adds a text. Errors: 0A000.
func (d *Document) Add(text string) error {
	p := newParser(text)
	for t := p.next(); t.Type != 0; t = p.next() {
		if !d.steps.goOn(1 + len(t.Text)) {
			return d.steps.err
		}
		if len(t.Text) > lexemeMax {
			continue
		}
		lexeme, known, counts, err := d.config.lexize(t)
		if err != nil {
			return err
		}
		if known {
			d.at++
		}
		if counts {
			d.found = append(d.found, found{lexeme, min(d.at, positionMax)})
		}
	}
	return nil
}

// lexize makes a lexeme of a token. known says that a dictionary has a say, counts that the word counts.
func (c *Configuration) lexize(t Token) (lexeme string, known, counts bool, err error) {
	oid := c.Dictionary(t.Type)
	if oid == 0 {
		return "", false, false, nil
	}
	d, err := DictionaryByOID(oid)
	if err != nil {
		return "", false, false, err
	}
	lexeme, counts = d.Lexize(t.Text)
	return lexeme, true, counts, nil
}

// AddApart is Add for one of several texts: phrases do not go from one to the next.
func (d *Document) AddApart(text string) error {
	before := len(d.found)
	err := d.Add(text)
	if len(d.found) > before {
		d.at++
	}
	return err
}

// Vector returns what was collected. 54000 of too much.
func (d *Document) Vector() (Vector, error) {
	slices.SortFunc(d.found, func(a, b found) int {
		return cmp.Or(strings.Compare(a.word, b.word), cmp.Compare(a.at, b.at))
	})
	var v Vector
	for _, f := range d.found {
		at := positionOf(f.at, 0)
		n := len(v)
		if n == 0 || v[n-1].Word != f.word {
			v = append(v, Lexeme{f.word, []Position{at}})
			continue
		}
		l := &v[n-1]
		if last := l.Positions[len(l.Positions)-1]; len(l.Positions) < positionsMax-1 && last != positionMax && last != at {
			l.Positions = append(l.Positions, at)
		}
	}
	return v.checked()
}

// ToVector is to_tsvector(). Errors: 0A000, 54000.
func (c *Configuration) ToVector(text string) (Vector, error) {
	d := NewDocument(c)
	if err := d.Add(text); err != nil {
		return nil, err
	}
	return d.Vector()
}

// ToQuery is to_tsquery(): the words of an operand are a phrase. Errors: as ParseQuery, 0A000.
func (c *Configuration) ToQuery(text string) (Query, error) {
	return parseQuery(text, grammarStandard, c.operands(opPhrase))
}

// PlainToQuery is plainto_tsquery().
func (c *Configuration) PlainToQuery(text string) (Query, error) {
	return parseQuery(text, grammarPlain, c.operands(opAnd))
}

// PhraseToQuery is phraseto_tsquery().
func (c *Configuration) PhraseToQuery(text string) (Query, error) {
	return parseQuery(text, grammarPlain, c.operands(opPhrase))
}

// WebToQuery is websearch_to_tsquery().
func (c *Configuration) WebToQuery(text string) (Query, error) {
	return parseQuery(text, grammarWeb, c.operands(opPhrase))
}

// operands makes of an operand's words as many operands, between which the operator stands. Between those that
// count there is something in the place of those that do not.
func (c *Configuration) operands(op Op) func(*queryParser, string, uint8, bool) error {
	return func(p *queryParser, text string, weights uint8, prefix bool) error {
		d := NewDocument(c)
		if err := d.Add(text); err != nil {
			return err
		}
		if len(d.found) == 0 {
			p.pushStop()
			return nil
		}
		at, pushed := 0, 0
		join := func() {
			if pushed > 0 {
				p.pushOperator(op, 1)
			}
			pushed++
		}
		for i := 0; i < len(d.found); {
			for ; at > 0 && at+1 < d.found[i].at; at++ {
				p.pushStop()
				join()
			}
			at = d.found[i].at
			for n := 0; i < len(d.found) && d.found[i].at == at; i, n = i+1, n+1 {
				if err := p.push(d.found[i].word, weights, prefix); err != nil {
					return err
				}
				if n > 0 {
					p.pushOperator(opAnd, 0)
				}
			}
			join()
		}
		return nil
	}
}
