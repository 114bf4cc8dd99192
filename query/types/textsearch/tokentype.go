package textsearch

// TokenType is a kind of token of the default parser, as PostgreSQL numbers them; 0 is none.
type TokenType uint8

// Kinds of tokens that are treated apart.
const (
	asciiWord TokenType = iota + 1
	word
	numWord
	email
	urlToken
	host
	sfloat
	version
	numPart
	wordPart
	asciiPart
	blank
	tag
	protocol
	numHyphenated
	asciiHyphenated
	hyphenated
	urlPath
	file
	float
	signedInt
	unsignedInt
	entity
)

// TokenTypes are the names and descriptions by number, from 1.
var tokenTypes = [...][2]string{
	asciiWord:       {"asciiword", "Word, all ASCII"},
	word:            {"word", "Word, all letters"},
	numWord:         {"numword", "Word, letters and digits"},
	email:           {"email", "Email address"},
	urlToken:        {"url", "URL"},
	host:            {"host", "Host"},
	sfloat:          {"sfloat", "Scientific notation"},
	version:         {"version", "Version number"},
	numPart:         {"hword_numpart", "Hyphenated word part, letters and digits"},
	wordPart:        {"hword_part", "Hyphenated word part, all letters"},
	asciiPart:       {"hword_asciipart", "Hyphenated word part, all ASCII"},
	blank:           {"blank", "Space symbols"},
	tag:             {"tag", "XML tag"},
	protocol:        {"protocol", "Protocol head"},
	numHyphenated:   {"numhword", "Hyphenated word, letters and digits"},
	asciiHyphenated: {"asciihword", "Hyphenated word, all ASCII"},
	hyphenated:      {"hword", "Hyphenated word, all letters"},
	urlPath:         {"url_path", "URL path"},
	file:            {"file", "File or path name"},
	float:           {"float", "Decimal notation"},
	signedInt:       {"int", "Signed integer"},
	unsignedInt:     {"uint", "Unsigned integer"},
	entity:          {"entity", "XML entity"},
}

// TokenTypes returns the number of the last kind of token.
func TokenTypes() int { return len(tokenTypes) - 1 }

// Name is the alias that ts_token_type() shows.
func (t TokenType) Name() string { return tokenTypes[t][0] }

// Description is what ts_token_type() says of the kind.
func (t TokenType) Description() string { return tokenTypes[t][1] }
