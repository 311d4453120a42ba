//! `#[lab::test]`: a test that runs over many seeds. What it does is written in `lab::seeds`; here
//! stands only how it is written down.

use proc_macro::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};

/// Makes a test of a function that takes a seed and runs it over many.
///
/// `#[lab::test(seeds = 100)]` runs it with the seeds 0 to 99; without a number it is 10. When one
/// fails, the line that runs that one again is printed: `LANDLINE_SEED=17 cargo test …`.
/// `LANDLINE_SEEDS=1000` runs more of them.
///
/// The function may return a `Result`, as other tests may.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, function: TokenStream) -> TokenStream {
    match expand(arguments, &function) {
        Ok(test) => test,
        Err((span, message)) => refusal(span, message),
    }
}

/// Where the mistake is, and what would be right.
type Mistake = (Span, &'static str);

fn expand(arguments: TokenStream, function: &TokenStream) -> Result<TokenStream, Mistake> {
    let seeds = seeds(arguments)?;
    let name = name(function)?;
    let body = format!(
        "{{ ::lab::seeds::run({seeds}, ::lab::seeds::Test {{ package: env!(\"CARGO_PKG_NAME\"), \
         path: concat!(module_path!(), \"::{name}\") }}, {name}) }}"
    );
    // The function itself stays as it was written, so that the compiler points into it.
    let inner = Group::new(Delimiter::None, function.clone());
    let body: TokenStream = body.parse().map_err(|_| (name.span(), WANTED))?;
    let test: TokenStream = "#[::core::prelude::v1::test] fn"
        .parse()
        .map_err(|_| (name.span(), WANTED))?;
    let mut block = TokenStream::from(TokenTree::Group(inner));
    block.extend(body);
    let mut out = test;
    out.extend([
        TokenTree::Ident(name),
        TokenTree::Group(Group::new(Delimiter::Parenthesis, TokenStream::new())),
        TokenTree::Group(Group::new(Delimiter::Brace, block)),
    ]);
    Ok(out)
}

const WANTED: &str =
    "`#[lab::test]` stands before a function that takes a seed: `fn name(seed: u64)`";
const ARGUMENTS: &str = "write `#[lab::test]` or `#[lab::test(seeds = 100)]`";

/// The number in `seeds = 100`.
fn seeds(arguments: TokenStream) -> Result<Literal, Mistake> {
    let arguments: Vec<TokenTree> = arguments.into_iter().collect();
    match &arguments[..] {
        [] => Ok(Literal::u64_suffixed(10)),
        [
            TokenTree::Ident(key),
            TokenTree::Punct(is),
            TokenTree::Literal(number),
        ] if key.to_string() == "seeds" && is.as_char() == '=' => {
            // A suffix or a text is for the compiler to refuse, where it stands.
            Ok(number.clone())
        }
        [first, ..] => Err((first.span(), ARGUMENTS)),
    }
}

/// What stands behind `fn`.
fn name(function: &TokenStream) -> Result<Ident, Mistake> {
    let mut tokens = function.clone().into_iter();
    for token in tokens.by_ref() {
        if let TokenTree::Ident(word) = token {
            match word.to_string().as_str() {
                "fn" => break,
                "async" => {
                    return Err((
                        word.span(),
                        "the function is not async: it calls `run_until`",
                    ));
                }
                _ => {}
            }
        }
    }
    match tokens.next() {
        Some(TokenTree::Ident(name)) => Ok(name),
        _ => Err((Span::call_site(), WANTED)),
    }
}

/// `compile_error!("…")` at `span`.
fn refusal(span: Span, message: &str) -> TokenStream {
    let text = format!("::core::compile_error!({message:?});");
    let tokens = text.parse().unwrap_or_else(|_| TokenStream::new());
    tokens
        .into_iter()
        .map(|mut token| {
            token.set_span(span);
            token
        })
        .collect()
}
