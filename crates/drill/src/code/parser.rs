//! Code to statements.

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Statement {
    /// The condition, how it was written, and what to say when it is false.
    Assert(Expr, String, Option<Expr>),
    Assign(String, Expr),
    /// An expression for its own sake.
    Bare(Expr),
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    Int(i128),
    Float(f64),
    Str(String),
    Name(String),
    Tuple(Vec<Expr>),
    Unary(&'static str, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// `a < b <= c`: the first, and each comparison with its right side.
    Compare(Box<Expr>, Vec<(&'static str, Expr)>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Call(String, Vec<Expr>),
}

#[derive(Clone, Debug, PartialEq)]
enum Tok {
    Int(i128),
    Float(f64),
    Str(String),
    Name(String),
    Op(&'static str),
    /// The end of a statement.
    Stop,
}

/// Operators; a longer one before its beginning.
const OPERATORS: &[&str] = &[
    "**", "//", "<<", ">>", "==", "!=", "<=", ">=", "+=", "-=", "*=", "|=", "&=", "+", "-", "*",
    "/", "%", "<", ">", "=", "(", ")", ",", "|", "&", "^", "~",
];

/// Words that begin what is not evaluated.
const FOREIGN: &[&str] = &[
    "if", "for", "while", "def", "class", "import", "from", "lambda", "try", "with", "return",
    "global", "del", "raise", "else", "elif", "is", "in", "yield",
];

/// How deep brackets may lie in each other.
const DEEPEST: usize = 64;

/// Reads code, or says what is not understood.
pub(super) fn parse(code: &str) -> Result<Vec<Statement>, String> {
    let tokens = lex(code)?;
    let mut parser = Parser {
        code,
        tokens,
        at: 0,
        depth: 0,
    };
    let mut statements = Vec::new();
    loop {
        while parser.peek() == Some(&Tok::Stop) {
            parser.at += 1;
        }
        if parser.peek().is_none() {
            return Ok(statements);
        }
        if let Some(statement) = parser.statement()? {
            statements.push(statement);
        }
        match parser.peek() {
            None | Some(Tok::Stop) => {}
            Some(other) => return Err(format!("{other:?} after a statement")),
        }
    }
}

/// Tokens, each with where it begins and ends.
fn lex(code: &str) -> Result<Vec<(Tok, usize, usize)>, String> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut open = 0usize;
    while let Some(first) = code[at..].chars().next() {
        let rest = &code[at..];
        let start = at;
        let tok = if rest.starts_with("\\\n") {
            at += 2;
            continue;
        } else if first == '#' {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if first == '\n' || first == ';' {
            at += 1;
            if open > 0 && first == '\n' {
                continue;
            }
            Tok::Stop
        } else if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if first.is_ascii_digit() {
            let len = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '.')
                .unwrap_or(rest.len());
            at += len;
            number(&rest[..len])?
        } else if first.is_ascii_alphabetic() || first == '_' {
            let len = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            at += len;
            Tok::Name(rest[..len].to_owned())
        } else if first == '\'' || first == '"' {
            let len = rest[1..].find(first).ok_or("a string without its end")?;
            at += len + 2;
            Tok::Str(rest[1..=len].to_owned())
        } else {
            let known = OPERATORS
                .iter()
                .find(|operator| rest.starts_with(**operator));
            let operator = known.ok_or_else(|| format!("`{first}`"))?;
            at += operator.len();
            match *operator {
                "(" => open += 1,
                ")" => open = open.saturating_sub(1),
                _ => {}
            }
            Tok::Op(operator)
        };
        tokens.push((tok, start, at));
    }
    Ok(tokens)
}

fn number(text: &str) -> Result<Tok, String> {
    let unknown = || format!("the number {text}");
    if let Some(hex) = text.strip_prefix("0x") {
        return i128::from_str_radix(hex, 16)
            .map(Tok::Int)
            .map_err(|_| unknown());
    }
    if text.contains('.') || text.contains('e') {
        return text.parse().map(Tok::Float).map_err(|_| unknown());
    }
    text.parse().map(Tok::Int).map_err(|_| unknown())
}

struct Parser<'a> {
    code: &'a str,
    tokens: Vec<(Tok, usize, usize)>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Tok> {
        self.tokens.get(self.at).map(|(tok, ..)| tok)
    }

    fn is(&self, operator: &str) -> bool {
        matches!(self.peek(), Some(Tok::Op(op)) if *op == operator)
    }

    fn take(&mut self, operators: &[&'static str]) -> Option<&'static str> {
        let Some(Tok::Op(op)) = self.peek() else {
            return None;
        };
        let found = operators.iter().find(|known| *known == op).copied();
        self.at += usize::from(found.is_some());
        found
    }

    fn take_name(&mut self, name: &str) -> bool {
        let there = matches!(self.peek(), Some(Tok::Name(word)) if word == name);
        self.at += usize::from(there);
        there
    }

    fn statement(&mut self) -> Result<Option<Statement>, String> {
        if self.take_name("pass") {
            return Ok(None);
        }
        if self.take_name("assert") {
            let from = self.tokens.get(self.at).map_or(0, |(_, start, _)| *start);
            let condition = self.expression()?;
            let to = self
                .tokens
                .get(self.at.saturating_sub(1))
                .map_or(from, |(.., end)| *end);
            let text = self.code[from..to.max(from)]
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            let message = match self.take(&[","]) {
                Some(_) => Some(self.expression()?),
                None => None,
            };
            return Ok(Some(Statement::Assert(condition, text, message)));
        }
        if let Some(Tok::Name(name)) = self.peek().cloned()
            && let Some((Tok::Op(op), ..)) = self.tokens.get(self.at + 1)
            && (*op == "=" || matches!(*op, "+=" | "-=" | "*=" | "|=" | "&="))
        {
            let op = *op;
            self.at += 2;
            let value = self.expression()?;
            let operator = ["+", "-", "*", "|", "&"]
                .into_iter()
                .find(|o| op.starts_with(*o));
            let value = match operator {
                Some(operator) => {
                    let own = Box::new(Expr::Name(name.clone()));
                    Expr::Binary(operator, own, Box::new(value))
                }
                None => value,
            };
            return Ok(Some(Statement::Assign(name, value)));
        }
        self.expression().map(|expr| Some(Statement::Bare(expr)))
    }

    fn expression(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("brackets so deep".into());
        }
        let mut left = self.conjunction()?;
        while self.take_name("or") {
            left = Expr::Or(Box::new(left), Box::new(self.conjunction()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Expr, String> {
        let mut left = self.negation()?;
        while self.take_name("and") {
            left = Expr::And(Box::new(left), Box::new(self.negation()?));
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Expr, String> {
        let mut negated = false;
        while self.take_name("not") {
            negated = !negated;
        }
        let expr = self.comparison()?;
        Ok(if negated {
            Expr::Unary("not", Box::new(expr))
        } else {
            expr
        })
    }

    fn comparison(&mut self) -> Result<Expr, String> {
        let first = self.binary(0)?;
        let mut rest = Vec::new();
        while let Some(op) = self.take(&["==", "!=", "<=", ">=", "<", ">"]) {
            rest.push((op, self.binary(0)?));
        }
        Ok(if rest.is_empty() {
            first
        } else {
            Expr::Compare(Box::new(first), rest)
        })
    }

    /// Binary operators, those that bind least first.
    fn binary(&mut self, level: usize) -> Result<Expr, String> {
        const LEVELS: [&[&str]; 6] = [
            &["|"],
            &["^"],
            &["&"],
            &["<<", ">>"],
            &["+", "-"],
            &["*", "//", "/", "%"],
        ];
        if level == LEVELS.len() {
            return self.unary();
        }
        let mut left = self.binary(level + 1)?;
        while let Some(op) = self.take(LEVELS[level]) {
            left = Expr::Binary(op, Box::new(left), Box::new(self.binary(level + 1)?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, String> {
        let mut signs = Vec::new();
        while let Some(op) = self.take(&["-", "+", "~"]) {
            signs.push(op);
        }
        let mut expr = self.atom()?;
        if self.take(&["**"]).is_some() {
            expr = Expr::Binary("**", Box::new(expr), Box::new(self.unary()?));
        }
        while let Some(op) = signs.pop() {
            expr = Expr::Unary(op, Box::new(expr));
        }
        Ok(expr)
    }

    fn atom(&mut self) -> Result<Expr, String> {
        let tok = self.peek().cloned().ok_or("code that ends in the middle")?;
        self.at += 1;
        Ok(match tok {
            Tok::Int(number) => Expr::Int(number),
            Tok::Float(number) => Expr::Float(number),
            Tok::Str(text) => Expr::Str(text),
            Tok::Name(name) if FOREIGN.contains(&name.as_str()) => return Err(format!("`{name}`")),
            Tok::Name(name) if self.is("(") => {
                self.at += 1;
                Expr::Call(name, self.list()?)
            }
            Tok::Name(name) => Expr::Name(name),
            Tok::Op("(") => {
                let mut list = self.list()?;
                if list.len() == 1 {
                    list.remove(0)
                } else {
                    Expr::Tuple(list)
                }
            }
            Tok::Op(op) => return Err(format!("`{op}` here")),
            Tok::Stop => return Err("a statement that ends in the middle".into()),
        })
    }

    /// Up to the closing bracket.
    fn list(&mut self) -> Result<Vec<Expr>, String> {
        let mut list = Vec::new();
        while self.take(&[")"]).is_none() {
            list.push(self.expression()?);
            if self.take(&[","]).is_none() {
                return match self.take(&[")"]) {
                    Some(_) => Ok(list),
                    None => Err("brackets without their end".into()),
                };
            }
        }
        Ok(list)
    }
}
