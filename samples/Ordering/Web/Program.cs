using Ordering.Web;

WebShop.Create(args).Run();
