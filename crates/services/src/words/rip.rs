//! What a router tells of its routes, in each language.

use crate::rip::{Event, Why};

pub(super) fn english(event: &Event) -> String {
    match event {
        Event::Speaks { card, passive } if *passive => format!("listening to routers at {card}"),
        Event::Speaks { card, .. } => format!("speaking with routers at {card}"),
        Event::RouterMet { router, card } => format!("the router {router} speaks at {card}"),
        Event::RouterMissed { router, card } => format!("the router {router} at {card} is silent"),
        Event::RouteLearnt {
            network,
            metric,
            via,
            card,
            from,
        } => {
            let by = if from == via {
                String::new()
            } else {
                format!(", says {from}")
            };
            format!("{network} is {metric} away, by {via} at {card}{by}")
        }
        Event::RouteLost { network, via, why } => {
            let why = match why {
                Why::Withdrawn => "it says so",
                Why::TimedOut => "nobody confirmed it in time",
                Why::LinkDown => "the link is down",
                Why::Ours => "there is a way of our own",
            };
            format!("{network} is lost by {via}: {why}")
        }
        Event::RouteRefused { network, via, why } => {
            format!("{network} by {via} is not taken: {why}")
        }
    }
}

pub(super) fn chinese(event: &Event) -> String {
    match event {
        Event::Speaks { card, passive } if *passive => format!("在 {card} 上只听路由器"),
        Event::Speaks { card, .. } => format!("在 {card} 上与路由器交谈"),
        Event::RouterMet { router, card } => format!("{card} 上有路由器 {router}"),
        Event::RouterMissed { router, card } => format!("{card} 上的路由器 {router} 没有声音了"),
        Event::RouteLearnt {
            network,
            metric,
            via,
            card,
            from,
        } => {
            let by = if from == via {
                String::new()
            } else {
                format!(",{from} 说的")
            };
            format!("到 {network} 距离 {metric},经 {card} 上的 {via}{by}")
        }
        Event::RouteLost { network, via, why } => {
            let why = match why {
                Why::Withdrawn => "它说走不通了",
                Why::TimedOut => "到时无人确认",
                Why::LinkDown => "链路断了",
                Why::Ours => "本机自己有路",
            };
            format!("经 {via} 到 {network} 的路断了:{why}")
        }
        Event::RouteRefused { network, via, why } => {
            format!("经 {via} 到 {network} 的路未被采用:{why}")
        }
    }
}
