/* SPDX-License-Identifier: GPL-2.0 */
/* The grammar of a script: a setting or an event a line. docs/packet-scripts.md explains it. */
%code requires {
#include "script.h"

struct mark_word {
	enum stack stack;
	char *reason;
};
}

%code {
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

extern char *yytext;

int yylex(void);
void start_lexer(FILE *file);

static struct script *script;
static int problems;

static void yyerror(const char *message);

/* The rest of a rule is still carried out: it must not do harm. */
static struct place at(YYLTYPE place)
{
	return (struct place){ place.first_line, place.first_column };
}

#define CHECK(problem, where) complain(problem, at(where))

static void complain(const char *problem, struct place place)
{
	if (problem)
		printf("%s:%d:%d: %s\n", script->path, place.line, place.column, problem);
	problems += problem != NULL;
}
}

%locations
%define parse.error custom
%define parse.lac full

%union {
	int64_t number;
	char *text;
	struct mark_word mark;
	struct mark line_mark;
	struct moment moment;
	struct segment segment;
	struct tcp_option option;
	struct stamp stamp;
	struct argument argument;
	struct call call;
	struct event *event;
	struct setting *setting;
	struct poll_entry poll;
}

%token YYEOF 0 "the end of the script" NEWLINE "the end of the line"
%token <number> TIME "a time" NUMBER "a number" INJECT "'<'" EXPECT "'>'"
%token <text> SEGMENT_FLAGS "flags" HEXADECIMAL "hexadecimal bytes" NAME "a name" TEXT "a value"
%token <text> WORD "a word" ADDRESS "an address" FAILURE "-1 and an error" CALL "a call"
%token <mark> ONLY "'# only STACK: REASON'" KNOWN "'# known difference STACK: REASON'"
%token BAD_MARK "a mark without 'tcpxx:' or 'inkernel:' and a reason" UNKNOWN "an unknown character"
%token ELLIPSIS "'...'" NOTHING "'nothing'" SYSCTL "'sysctl'" LINK "'link'" ROUTE "'route'" MTU "'mtu'"
%token PEER_ISN "'peer_isn'" TOLERANCE "'tolerance'" STATE "'state'"
%token K_ACK "'ack'" K_WIN "'win'" K_URG "'urg'" K_WITH "'with'" K_RAW "'raw'"
%token K_MSS "'mss'" K_NOP "'nop'" K_EOL "'eol'" K_WSCALE "'wscale'" K_SACKOK "'sackOK'" K_SACK "'sack'"
%token K_TS "'TS'" K_VAL "'val'" K_ECR "'ecr'" K_LAST "'last'"
%token K_BAD "'bad'" K_CHECKSUM "'checksum'" K_IP "'ip'" K_OFFSET "'offset'" K_CUT "'cut'"
%token K_VERSION "'version'" K_IHL "'ihl'" K_LENGTH "'length'" K_PROTOCOL "'protocol'"
%token K_FRAGMENT "'fragment'" K_FROM "'from'" K_TO "'to'" K_PORT "'port'" K_TTL "'ttl'" K_TOS "'tos'" K_DF "'df'"
%token K_ICMP "'icmp'" K_UNREACHABLE "'unreachable'"
%token K_FD "'fd'" K_EVENTS "'events'" K_REVENTS "'revents'"

%type <number> next_hop_mtu sequence constants constant optional_number flags_of_poll
%type <line_mark> mark
%type <moment> time moment
%type <segment> segment options option_list with attributes attribute ack win urg
%type <option> option blocks
%type <stamp> stamp
%type <argument> argument polls
%type <poll> poll
%type <call> call arguments result
%type <event> event
%type <setting> setting

%%

script: %empty
	| script line
	;

line: NEWLINE
	| setting mark NEWLINE		{ $1->line = @1.first_line; $1->mark = $2; script_add_setting(script, $1);
					  CHECK(setting_problem(script, $1), @1); }
	| moment event mark NEWLINE	{ $2->line = @1.first_line; $2->when = $1; $2->mark = $3;
					  script_add_event(script, $2); CHECK(moment_problem($2), @1); }
	;

mark: %empty			{ $$ = (struct mark){}; }
	| ONLY			{ $$ = (struct mark){ .reason = $1.reason }; $$.only[$1.stack] = true; }
	| KNOWN			{ $$ = (struct mark){ .reason = $1.reason }; $$.known[$1.stack] = true; }
	;

setting: SYSCTL NAME '=' TEXT	{ $$ = new_setting(SETTING_SYSCTL, $2, $4, 0); }
	| LINK TEXT		{ $$ = new_setting(SETTING_LINK, NULL, $2, 0); }
	| ROUTE TEXT		{ $$ = new_setting(SETTING_ROUTE, NULL, $2, 0); }
	| MTU NUMBER		{ $$ = new_setting(SETTING_MTU, NULL, NULL, $2); }
	| PEER_ISN NUMBER	{ $$ = new_setting(SETTING_ISN, NULL, NULL, $2); }
	| TOLERANCE TIME	{ $$ = new_setting(SETTING_TOLERANCE, NULL, NULL, $2); }
	;

time: TIME			{ $$ = (struct moment){ false, $1, $1, -1 }; }
	| '+' TIME		{ $$ = (struct moment){ true, $2, $2, -1 }; }
	;

moment: time
	| time '~' time		{ $$ = $1; $$.high = $3.high; CHECK(pair_problem(&$1, &$3), @3); }
	| time ELLIPSIS time	{ $$ = $1; $$.end = $3.high; CHECK(pair_problem(&$1, &$3), @3); }
	| time ELLIPSIS '*'	{ $$ = $1; $$.end = ANY_TIME; }
	| '*'			{ $$ = (struct moment){ true, 0, ANY_TIME, -1 }; }
	;

event: INJECT segment		{ $$ = new_event(EVENT_INJECT); $$->segment = $2; $$->segment.connection = $1;
				  CHECK(injected_problem(&$$->segment), @2); }
	| INJECT K_RAW HEXADECIMAL	{ $$ = new_event(EVENT_INJECT); CHECK(raw_datagram($3, &$$->segment), @3); }
	| INJECT K_ICMP K_UNREACHABLE WORD next_hop_mtu '[' sequence ':' sequence '(' sequence ')' ']'
				{ $$ = new_event(EVENT_INJECT); CHECK(connection_problem($1), @1);
				  $$->segment = (struct segment){ .connection = $1, .given = GIVEN_UNREACHABLE, .mtu = $5,
								  .seq = $7, .end = $9, .size = $11 };
				  CHECK(unreachable_code($4, &$$->segment.code), @4);
				  CHECK(end_problem(&$$->segment), @9); }
	| EXPECT segment	{ $$ = new_event(EVENT_EXPECT); $$->segment = $2; $$->segment.connection = $1;
				  CHECK(expected_problem(&$$->segment), @2); }
	| EXPECT NOTHING	{ $$ = new_event(EVENT_NOTHING); }
	| STATE optional_number WORD	{ $$ = new_event(EVENT_STATE); $$->state.connection = $2;
					  $$->state.state = state_number($3);
					  CHECK($$->state.state < 0 ? "expected a state, such as ESTABLISHED or CLOSED" : NULL, @3); }
	| call result		{ struct place place; const char *problem;
				  $$ = new_event(EVENT_CALL); $$->call = $1; $$->call.result = $2.result;
				  $$->call.error = $2.error;
				  problem = call_problem(&$$->call, &place); complain(problem, place); }
	;

optional_number: %empty		{ $$ = 1; }
	| NUMBER		{ $$ = $1; CHECK(connection_problem($1), @1); }
	;

next_hop_mtu: %empty		{ $$ = 0; }
	| MTU NUMBER		{ $$ = $2; CHECK(at_most($2, 65535), @2); }
	;

sequence: NUMBER		{ $$ = $1; CHECK(at_most($1, UINT32_MAX), @1); }
	;

segment: SEGMENT_FLAGS sequence ':' sequence '(' sequence ')' ack win urg options with
				{ $$ = $12; $$.flags = flags_of($1); $$.seq = $2; $$.end = $4; $$.size = $6;
				  $$.ack = $8.ack; $$.win = $9.win; $$.urg = $10.urg;
				  $$.given |= $8.given | $9.given | $10.given;
				  $$.any_options = $11.any_options; $$.options = $11.options;
				  memcpy($$.option, $11.option, sizeof($$.option));
				  CHECK(end_problem(&$$), @4); }
	;

ack: %empty			{ $$ = (struct segment){}; }
	| K_ACK sequence	{ $$ = (struct segment){ .given = GIVEN_ACK, .ack = $2 }; }
	;

win: %empty			{ $$ = (struct segment){}; }
	| K_WIN NUMBER		{ $$ = (struct segment){ .given = GIVEN_WIN, .win = $2 };
				  CHECK(at_most($2, 65535), @2); }
	;

urg: %empty			{ $$ = (struct segment){}; }
	| K_URG NUMBER		{ $$ = (struct segment){ .given = GIVEN_URG, .urg = $2 };
				  CHECK(at_most($2, 65535), @2); }
	;

options: %empty			{ $$ = (struct segment){}; }
	| '<' ELLIPSIS '>'	{ $$ = (struct segment){ .any_options = true }; }
	| '<' option_list '>'	{ $$ = $2; CHECK(options_problem(&$$), @2); }
	;

option_list: option		{ $$ = (struct segment){}; CHECK(add_option(&$$, &$1), @1); }
	| option_list ',' option	{ $$ = $1; CHECK(add_option(&$$, &$3), @3); }
	;

option: K_MSS NUMBER		{ $$ = (struct tcp_option){ .kind = OPT_MSS, .value = $2 }; CHECK(at_most($2, 65535), @2); }
	| K_NOP			{ $$ = (struct tcp_option){ .kind = OPT_NOP }; }
	| K_EOL			{ $$ = (struct tcp_option){ .kind = OPT_EOL }; }
	| K_WSCALE NUMBER	{ $$ = (struct tcp_option){ .kind = OPT_WSCALE, .value = $2 }; CHECK(at_most($2, 255), @2); }
	| K_WSCALE '*'		{ $$ = (struct tcp_option){ .kind = OPT_WSCALE, .val.kind = STAMP_ANY }; }
	| K_SACKOK		{ $$ = (struct tcp_option){ .kind = OPT_SACKOK }; }
	| K_TS K_VAL stamp K_ECR stamp	{ $$ = (struct tcp_option){ .kind = OPT_TS, .val = $3, .ecr = $5 }; }
	| blocks
	| K_RAW HEXADECIMAL	{ CHECK(raw_option($2, &$$), @2); }
	;

stamp: sequence			{ $$ = (struct stamp){ STAMP_NUMBER, $1 }; }
	| '*'			{ $$ = (struct stamp){ STAMP_ANY, 0 }; }
	| K_LAST		{ $$ = (struct stamp){ STAMP_LAST, 0 }; }
	;

blocks: K_SACK sequence ':' sequence	{ $$ = (struct tcp_option){ .kind = OPT_SACK }; CHECK(add_block(&$$, $2, $4), @2); }
	| blocks sequence ':' sequence	{ $$ = $1; CHECK(add_block(&$$, $2, $4), @2); }
	;

with: %empty			{ $$ = (struct segment){}; }
	| K_WITH attributes	{ $$ = $2; }
	;

attributes: attribute
	| attributes ',' attribute	{ $$ = $1; CHECK(add_attribute(&$$, &$3), @3); }
	;

attribute: K_BAD K_CHECKSUM	{ $$ = (struct segment){ .given = GIVEN_BAD_CHECKSUM }; }
	| K_BAD K_IP K_CHECKSUM	{ $$ = (struct segment){ .given = GIVEN_BAD_IP_CHECKSUM }; }
	| K_OFFSET NUMBER	{ $$ = (struct segment){ .given = GIVEN_OFFSET, .offset = $2 }; CHECK(at_most($2, 15), @2); }
	| K_CUT NUMBER		{ $$ = (struct segment){ .given = GIVEN_CUT, .cut = $2 }; CHECK(at_most($2, 65535), @2); }
	| K_VERSION NUMBER	{ $$ = (struct segment){ .given = GIVEN_VERSION, .version = $2 }; CHECK(at_most($2, 15), @2); }
	| K_IHL NUMBER		{ $$ = (struct segment){ .given = GIVEN_IHL, .ihl = $2 }; CHECK(at_most($2, 15), @2); }
	| K_LENGTH NUMBER	{ $$ = (struct segment){ .given = GIVEN_LENGTH, .length = $2 }; CHECK(at_most($2, 65535), @2); }
	| K_PROTOCOL NUMBER	{ $$ = (struct segment){ .given = GIVEN_PROTOCOL, .protocol = $2 }; CHECK(at_most($2, 255), @2); }
	| K_FRAGMENT		{ $$ = (struct segment){ .given = GIVEN_FRAGMENT }; }
	| K_FROM ADDRESS	{ $$ = (struct segment){ .given = GIVEN_SOURCE }; CHECK(address_of($2, &$$.source), @2); }
	| K_TO ADDRESS		{ $$ = (struct segment){ .given = GIVEN_DESTINATION }; CHECK(address_of($2, &$$.destination), @2); }
	| K_PORT NUMBER		{ $$ = (struct segment){ .given = GIVEN_PORT, .port = $2 }; CHECK(at_most($2, 65535), @2); }
	| K_TTL NUMBER		{ $$ = (struct segment){ .given = GIVEN_TTL, .ttl = $2 }; CHECK(at_most($2, 255), @2); }
	| K_TOS NUMBER		{ $$ = (struct segment){ .given = GIVEN_TOS, .tos = $2 }; CHECK(at_most($2, 255), @2); }
	| K_DF NUMBER		{ $$ = (struct segment){ .given = GIVEN_DF, .df = $2 }; CHECK(at_most($2, 1), @2); }
	;

call: CALL '(' arguments ')'	{ $$ = $3; $$.name = $1; $$.place = at(@1); }
	;

arguments: %empty		{ $$ = (struct call){}; }
	| argument		{ $$ = (struct call){}; $$.argument[$$.arguments++] = $1; }
	| arguments ',' argument	{ $$ = $1; CHECK(add_argument(&$$, &$3), @3); }
	;

argument: ELLIPSIS		{ $$ = (struct argument){ .kind = ARGUMENT_ELLIPSIS, .place = at(@1) }; }
	| constants		{ $$ = (struct argument){ .kind = ARGUMENT_NUMBER, .place = at(@1), .number = $1 }; }
	| '[' constants ']'	{ $$ = (struct argument){ .kind = ARGUMENT_LIST, .place = at(@1), .number = $2, .numbers = 1 }; }
	| '[' constants ',' constants ']'	{ $$ = (struct argument){ .kind = ARGUMENT_LIST, .place = at(@1),
								  .number = $2, .second = $4, .numbers = 2 }; }
	| ADDRESS ':' NUMBER	{ $$ = (struct argument){ .kind = ARGUMENT_ADDRESS, .place = at(@1), .port = htons($3) };
				  CHECK(address_of($1, &$$.address), @1); CHECK(at_most($3, 65535), @3); }
	| '[' polls ']'		{ $$ = $2; $$.place = at(@1); }
	;

constants: constant
	| constants '|' constant	{ $$ = $1 | $3; }
	;

constant: NUMBER
	| '-' NUMBER		{ $$ = -$2; }
	| WORD			{ $$ = 0; CHECK(symbol_value($1, &$$) ? NULL : "expected a constant that is known here", @1); }
	;

polls: poll			{ $$ = (struct argument){ .kind = ARGUMENT_POLL }; $$.poll[$$.polls++] = $1; }
	| polls ',' poll	{ $$ = $1; CHECK(add_poll(&$$, &$3), @3); }
	;

poll: '{' K_FD '=' NUMBER ',' K_EVENTS '=' constants flags_of_poll '}'
				{ $$ = (struct poll_entry){ $4, $8, $9 }; }
	;

flags_of_poll: %empty		{ $$ = 0; }
	| ',' K_REVENTS '=' constants	{ $$ = $4; }
	;

result: '=' constants		{ $$ = (struct call){ .result = $2 }; }
	| '=' FAILURE		{ $$ = (struct call){ .result = -1, .error = failure_number($2) };
				  CHECK($$.error ? NULL : "expected the name of an error", @2); }
	;

%%

#define EXPECTED_MAX	12

/* FILE:LINE:COLUMN: expected A, B or C, but there is D */
static int yyreport_syntax_error(const yypcontext_t *context)
{
	yysymbol_kind_t expected[EXPECTED_MAX];
	int i, count = yypcontext_expected_tokens(context, expected, EXPECTED_MAX);
	const YYLTYPE *place = yypcontext_location(context);

	printf("%s:%d:%d: expected ", script->path, place->first_line, place->first_column);
	for (i = 0; i < count; i++)
		printf("%s%s", !i ? "" : i + 1 < count ? ", " : " or ", yysymbol_name(expected[i]));
	printf("%s, but there is ", count ? "" : "something else");
	if (*yytext && *yytext != '\n')
		printf("'%.40s'\n", yytext);
	else
		printf("%s\n", yysymbol_name(yypcontext_token(context)));
	problems++;
	return 0;
}

static void yyerror(const char *message)
{
	printf("%s: %s\n", script->path, message);
	problems++;
}

int parse_script(const char *path, struct script *result)
{
	FILE *file = fopen(path, "r");

	*result = (struct script){ .path = path };
	result->settings_end = &result->settings;
	result->events_end = &result->events;
	script = result;
	if (!file) {
		printf("%s: it cannot be read\n", path);
		return 1;
	}
	result->text = read_lines(file);
	rewind(file);
	start_lexer(file);
	if (!yyparse() && !problems && !result->events) {
		printf("%s: there is no event\n", path);
		problems++;
	}
	fclose(file);
	return problems != 0;
}
