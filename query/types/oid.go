package types

// OIDs of the types that have values here, as in PostgreSQL's pg_type.
const (
	BoolOID                    OID = 16
	ByteaOID                   OID = 17
	CharOID                    OID = 18 // "char", one byte
	NameOID                    OID = 19
	Int8OID                    OID = 20
	Int2OID                    OID = 21
	Int2VectorOID              OID = 22
	Int4OID                    OID = 23
	RegprocOID                 OID = 24
	TextOID                    OID = 25
	OIDOID                     OID = 26
	TIDOID                     OID = 27
	XIDOID                     OID = 28
	CIDOID                     OID = 29
	OIDVectorOID               OID = 30
	JSONOID                    OID = 114
	NodeTreeOID                OID = 194
	Float4OID                  OID = 700
	Float8OID                  OID = 701
	UnknownOID                 OID = 705
	BpcharOID                  OID = 1042
	BitOID                     OID = 1560
	VarbitOID                  OID = 1562
	VarcharOID                 OID = 1043
	DateOID                    OID = 1082
	TimeOID                    OID = 1083
	TimestampOID               OID = 1114
	TimestamptzOID             OID = 1184
	IntervalOID                OID = 1186
	TimetzOID                  OID = 1266
	NumericOID                 OID = 1700
	RefcursorOID               OID = 1790
	RegprocedureOID            OID = 2202
	RegoperOID                 OID = 2203
	RegoperatorOID             OID = 2204
	RegclassOID                OID = 2205
	RegtypeOID                 OID = 2206
	RegroleOID                 OID = 4096
	ACLItemOID                 OID = 1033
	RegnamespaceOID            OID = 4089
	RegconfigOID               OID = 3734
	RegdictionaryOID           OID = 3769
	RegcollationOID            OID = 4191
	RecordOID                  OID = 2249
	CstringOID                 OID = 2275
	AnyOID                     OID = 2276
	AnyArrayOID                OID = 2277
	VoidOID                    OID = 2278
	TriggerOID                 OID = 2279
	InternalOID                OID = 2281
	AnyElementOID              OID = 2283
	AnyNonArrayOID             OID = 2776
	AnyEnumOID                 OID = 3500
	AnyRangeOID                OID = 3831
	AnyMultirangeOID           OID = 4537
	AnyCompatibleOID           OID = 5077
	AnyCompatibleArrayOID      OID = 5078
	AnyCompatibleNonArrayOID   OID = 5079
	AnyCompatibleRangeOID      OID = 5080
	AnyCompatibleMultirangeOID OID = 4538
	UUIDOID                    OID = 2950
	LSNOID                     OID = 3220
	JSONBOID                   OID = 3802
	JSONPathOID                OID = 4072
	TSVectorOID                OID = 3614
	TSQueryOID                 OID = 3615
	XID8OID                    OID = 5069
	PointOID                   OID = 600
	LsegOID                    OID = 601
	PathOID                    OID = 602
	BoxOID                     OID = 603
	PolygonOID                 OID = 604
	LineOID                    OID = 628
	CircleOID                  OID = 718
	CidrOID                    OID = 650
	MoneyOID                   OID = 790
	Macaddr8OID                OID = 774
	MacaddrOID                 OID = 829
	TxidSnapshotOID            OID = 2970
	PgSnapshotOID              OID = 5038
	InetOID                    OID = 869
)

// OIDs of the array types.
const (
	TextArrayOID     OID = 1009
	IntervalArrayOID OID = 1187
	NumericArrayOID  OID = 1231
	JSONBArrayOID    OID = 3807
	RecordArrayOID   OID = 2287
)
