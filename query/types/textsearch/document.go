package textsearch

import "slices"

// Document collects the lexemes of texts.
type Document struct {
	config  *Configuration
	lexemes Vector         // as they came
	places  map[string]int // of words among them
	found   bool           // there was a lexeme in the last text
	at      int            // of the last word, from 1; words that do not count have places too
	steps   steps
}

// wordsMax is how many different words are collected: fewer are too long for a document.
const wordsMax = vectorMax

// NewDocument begins a document.
func NewDocument(c *Configuration) *Document {
	return &Document{config: c, places: map[string]int{}, steps: steps{check: c.Check}}
}

// Add adds a text. Errors: 0A000, 54000.
func (d *Document) Add(text string) error {
	d.found = false
	return d.config.eachLexeme(text, &d.at, &d.steps, d.put)
}

func (d *Document) put(word string, at Position) error {
	d.found = true
	i, known := d.places[word]
	if !known {
		if len(d.lexemes) == wordsMax {
			return tooLong(d.lexemes.dataSize())
		}
		d.places[word] = len(d.lexemes)
		d.lexemes = append(d.lexemes, Lexeme{word, []Position{at}})
		return nil
	}
	l := &d.lexemes[i]
	if last := l.Positions[len(l.Positions)-1]; len(l.Positions) < positionsMax-1 && last != positionMax && last != at {
		l.Positions = append(l.Positions, at)
	}
	return nil
}

// eachLexeme hands over the lexemes of a text and where they are, behind a place that moves on.
func (c *Configuration) eachLexeme(text string, at *int, s *steps, put func(word string, at Position) error) error {
	p := newParser(text)
	for t := p.next(); t.Type != 0; t = p.next() {
		if !s.goOn(1 + len(t.Text)) {
			return s.err
		}
		if len(t.Text) > LexemeMax {
			continue
		}
		lexeme, known, counts, err := c.lexize(t)
		if err != nil {
			return err
		}
		if known {
			*at++
		}
		if !counts {
			continue
		}
		if err := put(lexeme, positionOf(*at, 0)); err != nil {
			return err
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
	err := d.Add(text)
	if d.found {
		d.at++
	}
	return err
}

// Vector returns what was collected. 54000 of too much.
func (d *Document) Vector() (Vector, error) {
	slices.SortFunc(d.lexemes, byWord)
	return d.lexemes.checked()
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
		last, joined := Position(0), 0
		join := func() {
			if joined > 0 {
				p.pushOperator(op, 1)
			}
			joined++
		}
		words, s := 0, steps{check: c.Check}
		err := c.eachLexeme(text, &words, &s, func(word string, at Position) error {
			if at == last { // where the last place is
				err := p.push(word, weights, prefix)
				p.pushOperator(opAnd, 0)
				return err
			}
			if last > 0 {
				join()
				for last++; last < at; last++ {
					p.pushStop()
					join()
				}
			}
			last = at
			return p.push(word, weights, prefix)
		})
		if last == 0 {
			p.pushStop()
			return err
		}
		join()
		return err
	}
}
