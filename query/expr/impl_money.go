package expr

import (
	"math"
	"strings"

	"github.com/projsql/projsql/query/types"
)

var moneyRange = &intRange{"money", math.MinInt64, math.MaxInt64}

const centsOfOne = 100

// moneys are the functions and operators of money, a number of cents.
func moneys() map[string]any {
	all := map[string]any{
		"cash_pl": Func2(moneyRange.add), "cash_mi": Func2(moneyRange.sub),
		"cash_div_cash": Func2(divideMoneys),
		"cash_words":    Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return text(wordsOfMoney(a.Int())) }),
		"int4_cash":     Func1(moneyOfInt), "int8_cash": Func1(moneyOfInt),
		"numeric_cash": Func1(moneyOfNumeric),
		"cash_numeric": Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return types.NumericScaled(a.Int(), 2), nil }),
		"cashlarger":   maker(larger(1)), "cashsmaller": maker(larger(-1)),
	}
	for _, t := range []string{"int2", "int4", "int8"} {
		all["cash_mul_"+t], all[t+"_mul_cash"], all["cash_div_"+t] = Func2(moneyRange.mul), Func2(moneyRange.mul), Func2(moneyRange.div)
	}
	times := moneyByFloat(floatOp{compute: func(x, y float64) float64 { return x * y }, product: true})
	for _, t := range []string{"flt4", "flt8"} {
		all["cash_mul_"+t] = times
		all[t+"_mul_cash"] = Func2(func(env *Env, a, b types.Datum) (types.Datum, error) { return times(env, b, a) })
		all["cash_div_"+t] = moneyByFloat(floatOp{compute: func(x, y float64) float64 { return x / y }, product: true, div: true})
	}
	return all
}

func moneyByFloat(op floatOp) Func2 {
	return func(env *Env, money, by types.Datum) (types.Datum, error) {
		made, err := op.eval(env, types.Float(float64(money.Int())), by)
		if err != nil {
			return types.Null, err
		}
		cents := math.RoundToEven(made.Float())
		if !(cents >= math.MinInt64 && cents < -math.MinInt64) {
			return types.Null, moneyRange.overflow()
		}
		return types.Int(int64(cents)), nil
	}
}

func divideMoneys(_ *Env, a, b types.Datum) (types.Datum, error) {
	if b.Int() == 0 {
		return types.Null, errDivision()
	}
	return types.Float(float64(a.Int()) / float64(b.Int())), nil
}

func moneyOfInt(env *Env, a types.Datum) (types.Datum, error) {
	return int8Range.mul(env, a, types.Int(centsOfOne))
}

func moneyOfNumeric(_ *Env, a types.Datum) (types.Datum, error) {
	cents, err := types.NumericMul(a, types.NumericFromInt(centsOfOne))
	if err != nil {
		return types.Null, err
	}
	n, err := types.NumericToInt(types.Int8OID, cents)
	return types.Int(n), err
}

// moneyGroups are the words of three digits each, from the right.
var moneyGroups = []string{"", " thousand ", " million ", " billion ", " trillion ", " quadrillion "}

func wordsOfMoney(money int64) string {
	cents := magnitude(money)
	dollars := cents / centsOfOne
	var words strings.Builder
	for i := len(moneyGroups) - 1; i >= 0; i-- {
		if n := dollars / uint64(math.Pow10(3*i)) % 1000; n > 0 {
			words.WriteString(wordsOfNumber(n) + moneyGroups[i])
		}
	}
	if dollars == 0 {
		words.WriteString("zero")
	}
	words.WriteString(counted(" dollar", dollars) + " and " + wordsOfNumber(cents%centsOfOne) + counted(" cent", cents%centsOfOne))
	said := words.String()
	if money < 0 {
		said = "minus " + said
	}
	return strings.ToUpper(said[:1]) + said[1:]
}

func counted(unit string, n uint64) string {
	if n == 1 {
		return unit
	}
	return unit + "s"
}

var (
	smallNumbers = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tens         = strings.Fields("- ten twenty thirty forty fifty sixty seventy eighty ninety")
)

// wordsOfNumber is a number below 1000. An "and" stands before what has a word of its own.
func wordsOfNumber(n uint64) string {
	hundreds, rest := "", n%100
	if n >= 100 {
		hundreds = smallNumbers[n/100] + " hundred"
	}
	switch {
	case n >= 100 && rest == 0:
		return hundreds
	case n >= 100 && rest < 20:
		return hundreds + " and " + smallNumbers[rest]
	case rest < 20:
		return smallNumbers[rest]
	}
	said := tens[rest/10]
	if rest%10 > 0 {
		said += " " + smallNumbers[rest%10]
	}
	return strings.TrimLeft(hundreds+" "+said, " ")
}
