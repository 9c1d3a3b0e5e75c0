//! Reads pipelines: `$x := .a | default "b" | quote`.

use std::rc::Rc;

use super::literal;
use super::parser::{Parsed, Parser};
use super::token::{Kind, Token};
use super::tree::{Command, Operand, Pipeline, Span, Term};

impl Parser<'_> {
    /// `end` is what closes it: the end of the action, or a parenthesis.
    pub(super) fn pipeline(&mut self, context: &str, end: &Kind) -> Parsed<Pipeline> {
        let start = self.peek_beyond_space().start;
        let (variables, assigns) = self.declarations(context)?;
        let mut commands = Vec::new();
        loop {
            let token = self.peek_beyond_space().clone();
            if token.kind == *end {
                self.position += 1;
                self.check(&commands, context, token.start)?;
                let span = start..token.start.max(start);
                return Ok(Pipeline { span, variables, assigns, commands });
            }
            match token.kind {
                Kind::Bool
                | Kind::Character
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::LeftParenthesis
                | Kind::Nil
                | Kind::Number
                | Kind::QuotedString
                | Kind::RawString
                | Kind::Variable => commands.push(self.command()?),
                _ => return self.unexpected(&token, context),
            }
        }
    }

    fn declarations(&mut self, context: &str) -> Parsed<(Vec<Rc<str>>, bool)> {
        let mut variables: Vec<Rc<str>> = Vec::new();
        while self.peek_beyond_space().kind == Kind::Variable {
            let before = self.position;
            let name: Rc<str> = self.next_written().into();
            let next = self.peek_beyond_space().clone();
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    self.position += 1;
                    self.scope.variables.push(name.clone());
                    variables.push(name);
                    return Ok((variables, next.kind == Kind::Assign));
                }
                Kind::Other if self.written(&next) == "," => {
                    self.position += 1;
                    self.scope.variables.push(name.clone());
                    variables.push(name);
                    if context != "range" || variables.len() > 1 {
                        return self.error(next.start, format!("too many declarations in {context}"));
                    }
                    let following = self.peek_beyond_space();
                    if !matches!(following.kind, Kind::Variable | Kind::RightDelimiter | Kind::RightParenthesis) {
                        let at = following.start;
                        return self.error(at, "range can only initialize variables");
                    }
                }
                _ => {
                    self.position = before;
                    break;
                }
            }
        }
        Ok((variables, false))
    }

    fn next_written(&mut self) -> String {
        let token = self.next();
        self.written(&token).to_owned()
    }

    fn check(&self, commands: &[Command], context: &str, at: usize) -> Parsed<()> {
        if commands.is_empty() {
            return self.error(at, format!("missing value for {context}"));
        }
        for (index, command) in commands.iter().enumerate().skip(1) {
            if matches!(command.first.term, Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::String(_)) {
                let message = format!("non executable command in pipeline stage {}", index + 1);
                return self.error(command.span.start, message);
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Parsed<Command> {
        let start = self.peek_beyond_space().start;
        let mut operands = Vec::new();
        let end = loop {
            self.peek_beyond_space();
            if let Some(operand) = self.operand()? {
                operands.push(operand);
            }
            let token = self.peek().clone();
            match token.kind {
                Kind::Space => self.position += 1,
                Kind::RightDelimiter | Kind::RightParenthesis => break token.start,
                Kind::Pipe => {
                    self.position += 1;
                    break token.start;
                }
                _ => return self.unexpected(&token, "operand"),
            }
        };
        let mut operands = operands.into_iter();
        let Some(first) = operands.next() else { return self.error(start, "empty command") };
        let arguments: Vec<Operand> = operands.collect();
        let last = arguments.last().map_or(first.span.end, |last| last.span.end);
        Ok(Command { span: start..last.min(end), first, arguments })
    }

    fn operand(&mut self) -> Parsed<Option<Operand>> {
        let Some(Operand { mut span, term }) = self.term()? else { return Ok(None) };
        if self.peek().kind != Kind::Field {
            return Ok(Some(Operand { span, term }));
        }
        let mut names = Vec::new();
        while self.peek().kind == Kind::Field {
            let token = self.next();
            span.end = token.end;
            names.push(self.field(&token));
        }
        let term = match term {
            Term::Field(mut path) => {
                path.append(&mut names);
                Term::Field(path)
            }
            Term::Variable(name, mut path) => {
                path.append(&mut names);
                Term::Variable(name, path)
            }
            Term::Bool(_) | Term::String(_) | Term::Number(_) | Term::Nil | Term::Dot => {
                let written = &self.text[span.start..span.end];
                let term = written.split('.').next().unwrap_or(written);
                return self.error(span.start, format!("unexpected . after term {term:?}"));
            }
            term => Term::Chain(Box::new(Operand { span: span.clone(), term }), names),
        };
        Ok(Some(Operand { span, term }))
    }

    fn field(&self, token: &Token) -> Rc<str> {
        self.written(token)[1..].into()
    }

    fn term(&mut self) -> Parsed<Option<Operand>> {
        let token = self.peek_beyond_space().clone();
        let span: Span = token.start..token.end;
        let term = match token.kind {
            Kind::Identifier => {
                let name = self.written(&token);
                let Some(callee) = (self.find)(name) else {
                    return self.error(token.start, format!("function {name:?} not defined"));
                };
                Term::Function(name.into(), callee)
            }
            Kind::Dot => Term::Dot,
            Kind::Nil => Term::Nil,
            Kind::Variable => {
                let name = self.written(&token);
                if name != "$" && !self.scope.variables.iter().any(|known| **known == *name) {
                    return self.error(token.start, format!("undefined variable {name:?}"));
                }
                Term::Variable(name.into(), Vec::new())
            }
            Kind::Field => Term::Field(vec![self.field(&token)]),
            Kind::Bool => Term::Bool(self.written(&token) == "true"),
            Kind::Character => Term::Number(self.literal(&token, literal::character)?),
            Kind::Number | Kind::Complex => Term::Number(self.literal(&token, literal::number)?),
            Kind::QuotedString | Kind::RawString => Term::String(self.string(&token)?),
            Kind::LeftParenthesis => {
                self.position += 1;
                let pipeline =
                    self.deeper(|parser| parser.pipeline("parenthesized pipeline", &Kind::RightParenthesis))?;
                let span = token.start..pipeline.span.end + 1;
                return Ok(Some(Operand { span, term: Term::Pipeline(Box::new(pipeline)) }));
            }
            _ => return Ok(None),
        };
        self.position += 1;
        Ok(Some(Operand { span, term }))
    }

    fn literal<T>(&self, token: &Token, read: fn(&str) -> Result<T, String>) -> Parsed<T> {
        read(self.written(token)).or_else(|message| self.error(token.start, message))
    }
}
